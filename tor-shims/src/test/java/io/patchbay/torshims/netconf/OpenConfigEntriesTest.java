package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Xml;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortReading;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

class OpenConfigEntriesTest {
  private static final OpenConfigPort WORDS = new OpenConfigPort(Set.of());
  private static final String ACL = "http://openconfig.net/yang/acl";
  private static final String QOS = "http://openconfig.net/yang/qos";
  private static final List<String> KEYS =
      List.of(
          "Ethernet1 [acl in]", "Ethernet1 [acl out]", "Ethernet1 [qos in]", "Ethernet1 [qos out]");
  private static final String ENTRY =
      "<id>Ethernet1</id><config><id>Ethernet1</id></config><interface-ref><config><interface>Ethernet1</interface></config></interface-ref>";
  private static final String QOS_ENTRY =
      ENTRY.replace("<id>", "<interface-id>").replace("</id>", "</interface-id>");
  private static final String WEB =
      "<ingress-acl-sets><ingress-acl-set><set-name>web</set-name><type>ACL_IPV4</type><config><set-name>web</set-name><type>ACL_IPV4</type></config></ingress-acl-set></ingress-acl-sets>";

  private static Element reply(String acl, String qos) {
    String xml =
        "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><data>"
            + around("acl", ACL, acl)
            + around("qos", QOS, qos)
            + "</data></rpc-reply>";
    return Xml.parse(xml.getBytes(StandardCharsets.UTF_8));
  }

  private static String around(String name, String namespace, String entry) {
    String list = entry.isEmpty() ? "" : "<interface>" + entry + "</interface>";
    return "<%1$s xmlns=\"%2$s\"><interfaces>%3$s</interfaces></%1$s>"
        .formatted(name, namespace, list);
  }

  private static Map<String, PortReading> readings(String acl, String qos) {
    return WORDS.readings(reply(acl, qos), KEYS);
  }

  private static String meanings(String acl, String qos) {
    Map<String, String> meanings = new TreeMap<>();
    readings(acl, qos)
        .forEach((key, reading) ->
            meanings.put(
                key.substring("Ethernet1 [".length(), key.length() - 1),
                reading.meaning().toString()));
    return meanings.toString();
  }

  @Test
  void knowsWhatIsBoundWhatIsNotAndWhatHasNoEntry() {
    assertEquals(
        "{acl in=as it was (no entry), acl out=as it was (no entry), qos in=as it was (no entry),"
            + " qos out=as it was (no entry)}",
        meanings("", ""));
    assertEquals(
        "{acl in=web (ACL_IPV4), acl out=as it was (nothing bound), qos in=as it was (nothing"
            + " bound), qos out=gold}",
        meanings(
            ENTRY + WEB.replace(">ACL_IPV4", " xmlns:a=\"" + ACL + "\"> a:ACL_IPV4 "),
            QOS_ENTRY
                + "<input><scheduler-policy/></input><output><scheduler-policy><config><name>gold</name></config></scheduler-policy></output>"));
    assertEquals(
        "{acl in=as it was (no entry), acl out=as it was (no entry), qos in=as it was (no entry),"
            + " qos out=as it was (no entry)}",
        meanings((ENTRY + WEB).replace("Ethernet1", "Ethernet11"), ""),
        "another port's entry is not this one's");
  }

  /** Two of them, or one with more to it. */
  @ParameterizedTest
  @CsvSource({
    "</ingress-acl-sets>,<ingress-acl-set><set-name>b</set-name><type>ACL_L2</type></ingress-acl-set></ingress-acl-sets>",
    "</ingress-acl-set>,<vendor>1</vendor></ingress-acl-set>",
    "</config>,<vendor>1</vendor></config>",
  })
  void keepsWhatItDoesNotUnderstand(String from, String to) {
    String sets = WEB.replaceFirst(from, to);
    PortReading reading = readings(ENTRY + sets, "").get("Ethernet1 [acl in]");
    assertEquals(reading.raw(), reading.meaning());
    assertEquals(
        sets.replaceFirst("<ingress-acl-sets", "<ingress-acl-sets xmlns=\"" + ACL + "\""),
        reading.raw().text());
  }

  private static String edit(Map<String, PortConfig> wanted, String acl, String qos) {
    return edit(wanted, acl, qos, true);
  }

  private static String edit(
      Map<String, PortConfig> wanted, String acl, String qos, boolean removes) {
    return WORDS
        .edit(new TreeMap<>(wanted), readings(acl, qos), removes)
        .replace(ACL, "ACL")
        .replace(QOS, "QOS")
        .replace(OpenConfigPort.OPERATION, " OP=");
  }

  @Test
  void bindsWithAnEntryWhereThereIsNone() {
    Map<String, PortConfig> wanted =
        Map.of(
            "Ethernet1 [acl in]", new AclSet("web <&>", "ACL_L2"),
            "Ethernet1 [qos out]", new Leaf("gold"));
    String bound =
        "<ingress-acl-sets xmlns:oc-acl=\"ACL\" OP=\"replace\"><ingress-acl-set><set-name>web"
            + " &lt;&amp;&gt;</set-name><type>oc-acl:ACL_L2</type><config><set-name>web"
            + " &lt;&amp;&gt;</set-name><type>oc-acl:ACL_L2</type></config></ingress-acl-set></ingress-acl-sets>";
    String policy =
        "<output><scheduler-policy><config><name"
            + " OP=\"replace\">gold</name></config></scheduler-policy></output>";
    assertEquals(
        around("acl", "ACL", ENTRY + bound) + around("qos", "QOS", QOS_ENTRY + policy),
        edit(wanted, "", ""));
    assertEquals(
        around("acl", "ACL", "<id>Ethernet1</id>" + bound)
            + around("qos", "QOS", "<interface-id>Ethernet1</interface-id>" + policy),
        edit(wanted, ENTRY + WEB, QOS_ENTRY));
  }

  @Test
  void givesBackWhatWasBound() {
    Raw two = readings(ENTRY + WEB, "").get("Ethernet1 [acl in]").raw();
    Raw silver = new Raw("=silver");
    assertEquals(
        around(
                "acl",
                "ACL",
                "<id>Ethernet1</id>"
                    + WEB.replaceFirst(
                        "<ingress-acl-sets", "<ingress-acl-sets OP=\"replace\" xmlns=\"ACL\""))
            + around(
                "qos",
                "QOS",
                "<interface-id>Ethernet1</interface-id><input><scheduler-policy><config><name"
                    + " OP=\"replace\">silver</name></config></scheduler-policy></input>"),
        edit(Map.of("Ethernet1 [acl in]", two, "Ethernet1 [qos in]", silver), ENTRY, QOS_ENTRY));
  }

  @ParameterizedTest
  @CsvSource({"true,remove", "false,delete"})
  void takesAwayWhatWasNotThereAndOnlyThat(boolean removes, String operation) {
    Map<String, PortConfig> wanted =
        Map.of(
            "Ethernet1 [acl in]", PortEntry.EMPTY,
            "Ethernet1 [qos out]", PortEntry.EMPTY);
    assertEquals(
        around("acl", "ACL", "<id>Ethernet1</id><ingress-acl-sets OP=\"" + operation + "\"/>")
            + around(
                "qos",
                "QOS",
                "<interface-id>Ethernet1</interface-id><output><scheduler-policy><config><name"
                    + " OP=\""
                    + operation
                    + "\"/></config></scheduler-policy></output>"),
        edit(
            wanted,
            ENTRY + WEB,
            QOS_ENTRY
                + "<output><scheduler-policy><config><name>gold</name></config></scheduler-policy></output>",
            removes));
  }

  private static final Map<String, PortConfig> GONE =
      Map.of("Ethernet1 [acl in]", PortEntry.NONE, "Ethernet1 [acl out]", PortEntry.NONE);

  @Test
  void anEntryThatTheShimHasMadeGoesWithAllThatIsInIt() {
    assertEquals(GONE, OpenConfigPort.sparing(GONE, reply(ENTRY + WEB, "")));
    assertEquals(
        "<acl xmlns=\"ACL\"><interfaces><interface"
            + " OP=\"remove\"><id>Ethernet1</id></interface></interfaces></acl>",
        edit(GONE, ENTRY + WEB, ""));
    Map<String, PortConfig> policy = Map.of("Ethernet1 [qos in]", PortEntry.NONE);
    assertEquals(
        policy,
        OpenConfigPort.sparing(
            policy,
            reply(
                "",
                QOS_ENTRY
                    + "<input><scheduler-policy><config><name>x</name></config></scheduler-policy></input><output><scheduler-policy/></output>")));
  }

  /** Another's writing, or a direction that stays. */
  @ParameterizedTest
  @CsvSource({
    "<interface-ref>,<state><x>1</x></state><interface-ref>",
    "<config><id>,<config><vendor>1</vendor><id>",
    "<interface>Ethernet1,<interface>Ethernet2",
    "</interface>,</interface><subinterface>0</subinterface>",
  })
  void anEntryStaysThatHoldsAnythingElse(String from, String to) {
    Map<String, PortConfig> spared =
        OpenConfigPort.sparing(GONE, reply(ENTRY.replaceFirst(from, to) + WEB, ""));
    assertEquals(
        Map.of("Ethernet1 [acl in]", PortEntry.EMPTY, "Ethernet1 [acl out]", PortEntry.EMPTY),
        spared);
  }

  @Test
  void anEntryStaysForTheOtherDirection() {
    Map<String, PortConfig> out = Map.of("Ethernet1 [acl out]", PortEntry.NONE);
    assertEquals(
        Map.of("Ethernet1 [acl out]", PortEntry.EMPTY),
        OpenConfigPort.sparing(out, reply(ENTRY + WEB, "")));
    Map<String, PortConfig> mixed =
        Map.of(
            "Ethernet1 [acl in]",
            new AclSet("web", "ACL_IPV4"),
            "Ethernet1 [acl out]",
            PortEntry.NONE);
    assertEquals(
        PortEntry.EMPTY,
        OpenConfigPort.sparing(mixed, reply(ENTRY, "")).get("Ethernet1 [acl out]"));
    Map<String, PortConfig> policy = Map.of("Ethernet1 [qos in]", PortEntry.NONE);
    assertEquals(
        Map.of("Ethernet1 [qos in]", PortEntry.EMPTY),
        OpenConfigPort.sparing(
            policy,
            reply(
                "",
                QOS_ENTRY
                    + "<input><scheduler-policy><config><name>x</name></config></scheduler-policy><classifiers><classifier><type>IPV4</type></classifier></classifiers></input>")));
  }

  /** A switch that has not these models must work as ever. */
  @Test
  void asksOfWhatIsBoundOnlyWhereItIsAskedFor() {
    assertEquals(
        "<interfaces"
            + " xmlns=\"http://openconfig.net/yang/interfaces\"><interface><name>Ethernet1</name></interface></interfaces>",
        OpenConfigPort.filter(List.of("Ethernet1", "Ethernet1 [mtu]")));
    assertEquals(
        "<interfaces"
            + " xmlns=\"http://openconfig.net/yang/interfaces\"><interface><name>Ethernet1</name></interface></interfaces>"
            + around("acl", ACL, "<id>Ethernet1</id>")
            + around("qos", QOS, "<interface-id>Ethernet1</interface-id>"),
        OpenConfigPort.filter(
            List.of(
                "Ethernet1", "Ethernet1 [acl in]", "Ethernet1 [acl out]", "Ethernet1 [qos in]")));
    assertEquals(
        around("qos", QOS, "<interface-id>a&lt;b</interface-id>"),
        OpenConfigPort.filter(List.of("a<b [qos in]")));
  }
}
