package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.hwsim.netconf.NetconfClient;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ACLs and scheduler policies as NETCONF and a description give them. */
@Timeout(30)
class PolicyModelsTest {
  private static final String YAML =
      """
      name: tor-1
      ports:
        - {name: Ethernet1, mode: ACCESS, accessVlan: 7}
        - {name: Ethernet2, mode: ACCESS, accessVlan: 7}
      netconf: {port: 0, user: admin, password: secret}
      """;

  /** A set with one entry, one of the same name for other frames, and a policy of 1 Mbit/s. */
  private static final String CONFIG =
      """
      config:
        openconfig-acl:acl:
          acl-sets:
            acl-set:
              - name: web
                type: ACL_IPV4
                config: {name: web, type: ACL_IPV4}
                acl-entries:
                  acl-entry:
                    - sequence-id: 10
                      config: {sequence-id: 10}
                      ipv4: {config: {protocol: "openconfig-packet-match-types:IP_TCP"}}
                      actions: {config: {forwarding-action: ACCEPT}}
              - name: web
                type: openconfig-acl:ACL_L2
                config: {name: web, type: ACL_L2}
        openconfig-qos:qos:
          scheduler-policies:
            scheduler-policy:
              - name: slow
                config: {name: slow}
                schedulers:
                  scheduler:
                    - sequence: 1
                      config: {sequence: 1}
                      one-rate-two-color: {config: {cir: 1000000, bc: 3000}, exceed-action: {config: {drop: true}}}
      """;

  private final FakeTime time = new FakeTime();
  private final SimulatedSwitch tor = start(YAML + CONFIG);
  private final Probe one = new Probe();
  private final Probe two = new Probe();

  @AfterEach
  void stop() {
    tor.close();
  }

  private SimulatedSwitch start(String yaml) {
    return SimulatedSwitch.start(Json.parseYaml("rack", yaml, SwitchDescription.class), time);
  }

  @Test
  void helloNamesTheModels() throws IOException {
    try (NetconfClient client = connect(tor)) {
      for (String module : new String[] {"acl", "packet-match-types", "qos", "qos-types"}) {
        String listed =
            "http://openconfig.net/yang/" + module + "?module=openconfig-" + module + "<";
        assertTrue(client.hello().contains(listed), client.hello());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<acl-set><name>web</name></acl-set> | ACL_IPV4 ACL_L2 IP_TCP ACCEPT",
        "<acl-set><type>ACL_IPV4</type></acl-set> | ACL_IPV4 IP_TCP ACCEPT",
        "<acl-set><name>web</name><type xmlns:x='http://openconfig.net/yang/acl'>x:ACL_L2</type>"
            + "</acl-set> | ACL_L2",
        "<acl-set><name>web</name><type>ACL_MIXED</type></acl-set> | ''",
      })
  void aFilterTellsSetsByEitherKey(String filter, String found) throws IOException {
    try (NetconfClient client = connect(tor)) {
      String reply =
          client.rpc(
              "<get-config><source><running/></source><filter><acl"
                  + " xmlns='http://openconfig.net/yang/acl'><acl-sets>"
                  + filter
                  + "</acl-sets></acl></filter></get-config>");
      for (String word : new String[] {"ACL_IPV4", "ACL_L2", "IP_TCP", "ACCEPT"}) {
        assertEquals(found.contains(word), reply.contains(word + "<"), word + " in " + reply);
      }
    }
  }

  @Test
  void whatIsBoundIsThereAndGoneWithoutATrace() throws IOException {
    String before = tor.runningConfig();
    try (NetconfClient client = connect(tor)) {
      commit(client, edit("merge", ACL_PORT.replace("NAME", "web").replace("TYPE", "ACL_L2")));
      commit(client, edit("merge", QOS_PORT.replace("NAME", "slow")));
      assertEquals(
          """
              <ingress-acl-sets>
                <ingress-acl-set>
                  <set-name>web</set-name>
                  <type xmlns:oc-acl="http://openconfig.net/yang/acl">oc-acl:ACL_L2</type>
                  <config>
                    <set-name>web</set-name>
                    <type xmlns:oc-acl="http://openconfig.net/yang/acl">oc-acl:ACL_L2</type>
                  </config>
                </ingress-acl-set>
              </ingress-acl-sets>
          """
              .indent(2),
          tor.runningConfig()
              .replaceAll("(?s).*?( *<ingress-acl-sets>.*</ingress-acl-sets>\n).*", "$1"));
      assertTrue(
          tor.runningConfig()
              .replaceAll("\\s+", "")
              .contains(
                  "<input><scheduler-policy><config><name>slow</name></config></scheduler-policy>"));
      commit(client, edit("delete", ACL_PORT.replace("NAME", "web").replace("TYPE", "ACL_L2")));
      commit(client, edit("delete", QOS_PORT.replace("NAME", "slow")));
    }
    assertEquals(before, tor.runningConfig());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "BIND none ACL_IPV4 | data-missing instance-required | ACLIF/oc-acl:ingress-acl-sets"
            + "/oc-acl:ingress-acl-set[oc-acl:set-name='none'][oc-acl:type='oc-acl:ACL_IPV4']"
            + "/oc-acl:config/oc-acl:set-name",
        "BIND web ACL_MIXED | data-missing instance-required | ACLIF/oc-acl:ingress-acl-sets"
            + "/oc-acl:ingress-acl-set[oc-acl:set-name='web'][oc-acl:type='oc-acl:ACL_MIXED']"
            + "/oc-acl:config/oc-acl:type",
        "BIND web ACL_IPV6 | invalid-value | ACLIF/oc-acl:ingress-acl-sets"
            + "/oc-acl:ingress-acl-set[oc-acl:set-name='web'][oc-acl:type='']/oc-acl:type",
        "RATE fast | data-missing instance-required | /oc-qos:qos/oc-qos:interfaces"
            + "/oc-qos:interface[oc-qos:interface-id='Ethernet1']/oc-qos:input"
            + "/oc-qos:scheduler-policy/oc-qos:config/oc-qos:name",
        "<interfaces><interface><id>Ethernet9</id><config><id>Ethernet9</id></config></interface>"
            + "</interfaces> | invalid-value | /oc-acl:acl/oc-acl:interfaces"
            + "/oc-acl:interface[oc-acl:id='Ethernet9']/oc-acl:id",
        "<interfaces><interface><id>Ethernet1</id><config><id>Ethernet1</id></config>"
            + "<interface-ref><config><interface>Ethernet9</interface></config></interface-ref>"
            + "</interface></interfaces> | data-missing instance-required |"
            + " ACLIF/oc-acl:interface-ref/oc-acl:config/oc-acl:interface",
        "<interfaces><interface><id>a</id><config><id>a</id></config><interface-ref><config>"
            + "<interface>Ethernet1</interface><subinterface>1</subinterface></config>"
            + "</interface-ref></interface></interfaces> | data-missing instance-required |"
            + " /oc-acl:acl/oc-acl:interfaces/oc-acl:interface[oc-acl:id='a']"
            + "/oc-acl:interface-ref/oc-acl:config/oc-acl:subinterface",
        "<interfaces><interface><id>Ethernet1</id></interface></interfaces> | data-missing | ACLIF",
        "<interfaces><interface><id>Ethernet1</id><config><id>Ethernet1</id></config></interface>"
            + "<interface><id>of Ethernet1</id><config><id>of Ethernet1</id></config>"
            + "<interface-ref><config><interface>Ethernet1</interface></config></interface-ref>"
            + "</interface></interfaces> | invalid-value | /oc-acl:acl/oc-acl:interfaces"
            + "/oc-acl:interface[oc-acl:id='of Ethernet1']",
        "ENTRY <l2><config><ethertype>2054</ethertype></config></l2> DROP | unknown-element |"
            + " ACLENTRY/oc-acl:l2",
        "ENTRY <ipv4><config><protocol>255</protocol></config></ipv4> DROP | invalid-value |"
            + " ACLENTRY/oc-acl:ipv4/oc-acl:config/oc-acl:protocol",
        "ENTRY <ipv4><config><source-address>10.0.0.256/8</source-address></config></ipv4> DROP |"
            + " invalid-value | ACLENTRY/oc-acl:ipv4/oc-acl:config/oc-acl:source-address",
        "ENTRY <transport><config><source-port>9..3</source-port></config></transport> DROP |"
            + " invalid-value | ACLENTRY/oc-acl:transport/oc-acl:config/oc-acl:source-port",
        "ENTRY <ipv6/> DROP | unknown-element | ACLENTRY",
        "ENTRY | data-missing | ACLENTRY/oc-acl:actions",
      })
  void whatMakesNoSenseIsRefusedWithItsPlace(String content, String tag, String path)
      throws IOException {
    String edit = content(content);
    String place =
        path.replace(
                "ACLIF", "/oc-acl:acl/oc-acl:interfaces/oc-acl:interface[oc-acl:id='Ethernet1']")
            .replace(
                "ACLENTRY",
                "/oc-acl:acl/oc-acl:acl-sets/oc-acl:acl-set[oc-acl:name='web']"
                    + "[oc-acl:type='oc-acl:ACL_IPV4']/oc-acl:acl-entries"
                    + "/oc-acl:acl-entry[oc-acl:sequence-id='20']");
    try (NetconfClient client = connect(tor)) {
      for (String option : new String[] {"test-only", "test-then-set"}) {
        String reply = client.rpc(edit("merge", edit, option));
        assertTrue(reply.contains("<error-tag>" + tag.split(" ")[0] + "<"), reply);
        assertTrue(reply.contains(">" + place + "</error-path>"), place + " in " + reply);
        assertEquals(
            tag.endsWith("instance-required"),
            reply.contains("<error-app-tag>instance-required</error-app-tag>"),
            reply);
      }
      assertTrue(client.rpc("<lock><target><candidate/></target></lock>").contains("<ok/>"));
    }
  }

  @Test
  void aFramePassesUntilAnAclIsBoundAndAgainWhenItIsGone() throws IOException {
    attach();
    assertEquals(1, passing(1));
    String bind = ACL_PORT.replace("NAME", "web").replace("TYPE", "ACL_L2");
    try (NetconfClient client = connect(tor)) {
      commit(client, edit("merge", bind)); // a set without entries accepts nothing
      assertEquals(0, passing(1));
      assertEquals(1, tor.counters("Ethernet1").dropped(DropReason.INGRESS_ACL));
      commit(client, edit("delete", bind));
    }
    assertEquals(1, passing(1));
  }

  @Test
  void aPolicerIsBoundAndLetsItsBurstThroughThenItsRate() throws IOException {
    attach();
    assertEquals(50, passing(50));
    try (NetconfClient client = connect(tor)) {
      commit(client, edit("merge", QOS_PORT.replace("NAME", "slow")));
    }
    assertEquals(50, passing(60), "3000 octets are 50 frames of 60");
    assertEquals(10, tor.counters("Ethernet1").dropped(DropReason.INPUT_POLICER));
    time.advance(Duration.ofMillis(24)); // of 1 Mbit/s are 3000 octets
    assertEquals(50, passing(60));
    time.advance(Duration.ofMillis(12));
    assertEquals(25, passing(60));
  }

  private void attach() {
    tor.attach("Ethernet1", one);
    tor.attach("Ethernet2", two);
  }

  /** How many of so many frames of 60 octets from one port to the other come through. */
  private long passing(int frames) {
    for (int i = 0; i < frames; i++) {
      one.transmit(Probe.broadcast(1, 0));
    }
    return two.taken().stream().filter(Probe.broadcast(1, 0)::equals).count();
  }

  @Test
  void whatIsBoundCannotBeDeletedAlone() throws IOException {
    try (NetconfClient client = connect(tor)) {
      commit(client, edit("merge", ACL_PORT.replace("NAME", "web").replace("TYPE", "ACL_IPV4")));
      commit(client, edit("merge", QOS_PORT.replace("NAME", "slow")));
      String bound = tor.runningConfig();
      String set =
          "<acl-sets><acl-set nc:operation='delete'><name>web</name><type>ACL_IPV4</type></acl-set>"
              + "</acl-sets>";
      String refused = client.rpc(edit("merge", set, "set"));
      assertTrue(refused.contains("<ok/>"), refused);
      refused = client.rpc("<validate><source><candidate/></source></validate>");
      assertTrue(refused.contains("<error-tag>data-missing</error-tag>"), refused);
      assertTrue(refused.contains("/oc-acl:config/oc-acl:type</error-path>"), refused);
      refused = client.rpc("<commit/>");
      assertTrue(refused.contains("<error-tag>data-missing</error-tag>"), refused);
      assertTrue(client.rpc("<discard-changes/>").contains("<ok/>"));
      refused =
          client.rpc(
              edit(
                  "merge",
                  "<scheduler-policies><scheduler-policy nc:operation='delete'><name>slow</name>"
                      + "</scheduler-policy></scheduler-policies>"));
      assertTrue(refused.contains("<error-app-tag>instance-required</error-app-tag>"), refused);
      assertEquals(bound, tor.runningConfig());
    }
  }

  @Test
  void aSwitchMayKnowNeither() throws IOException {
    try (SimulatedSwitch plain = start(YAML + "models: [QOS]\n");
        NetconfClient client = connect(plain)) {
      assertFalse(client.hello().contains("yang/acl"), client.hello());
      assertTrue(client.hello().contains("yang/qos"), client.hello());
      String reply = client.rpc(edit("merge", content("ENTRY DROP")));
      assertTrue(reply.contains("<error-tag>unknown-namespace</error-tag>"), reply);
      assertTrue(
          reply.contains("<bad-namespace>http://openconfig.net/yang/acl</bad-namespace>"), reply);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type: openconfig-acl:ACL_L2 | type: ACL_L3 | config of tor-1: type: 'ACL_L3' is no"
            + " identity of openconfig-acl",
        "{name: web, type: ACL_L2} | {name: other, type: ACL_L2} | config of tor-1 at"
            + " /oc-acl:acl/oc-acl:acl-sets/oc-acl:acl-set[oc-acl:name='web']"
            + "[oc-acl:type='oc-acl:ACL_L2']: config/name is 'other'",
        "openconfig-qos:qos: | openconfig-qos:quality: | there is no 'openconfig-qos:quality'",
        "bc: 3000 | bytes: 3000 | there is no 'bytes' in config",
      })
  void aWrongConfigOfADescriptionSaysWhatIsWrong(String right, String wrong, String message) {
    assertTrue(CONFIG.contains(right), right);
    String yaml = YAML + CONFIG.replace(right, wrong);
    Failure e =
        assertThrows(Failure.class, () -> Json.parseYaml("rack", yaml, SwitchDescription.class));
    assertEquals(Failure.Kind.INVALID, e.kind());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private static final String ACL_PORT =
      "<interfaces><interface OPERATION><id>Ethernet1</id><config><id>Ethernet1</id></config>"
          + "<interface-ref><config><interface>Ethernet1</interface></config></interface-ref>"
          + "<ingress-acl-sets><ingress-acl-set><set-name>NAME</set-name><type>TYPE</type><config>"
          + "<set-name>NAME</set-name><type>TYPE</type></config></ingress-acl-set>"
          + "</ingress-acl-sets></interface></interfaces>";

  private static final String QOS_PORT =
      "<interfaces><interface OPERATION><interface-id>Ethernet1</interface-id><config>"
          + "<interface-id>Ethernet1</interface-id></config><input><scheduler-policy><config>"
          + "<name>NAME</name></config></scheduler-policy></input></interface></interfaces>";

  private static final String SET =
      "<acl-sets><acl-set><name>web</name><type>ACL_IPV4</type><acl-entries><acl-entry>"
          + "<sequence-id>20</sequence-id><config><sequence-id>20</sequence-id></config>MATCH"
          + "</acl-entry></acl-entries></acl-set></acl-sets>";

  private static String content(String words) {
    String[] word = words.split(" ");
    return switch (word[0]) {
      case "BIND" -> ACL_PORT.replace("NAME", word[1]).replace("TYPE", word[2]);
      case "RATE" -> QOS_PORT.replace("NAME", word[1]);
      case "ENTRY" ->
          SET.replace(
              "MATCH",
              words
                  .substring("ENTRY".length())
                  .replace(
                      "DROP",
                      "<actions><config><forwarding-action>DROP</forwarding-action></config>"
                          + "</actions>"));
      default -> words;
    };
  }

  private static String edit(String operation, String content) {
    return edit(operation, content, "test-then-set");
  }

  private static String edit(String operation, String content, String testOption) {
    String tree =
        content.contains("<interface-id>") || content.contains("<scheduler-policies>")
            ? "qos"
            : "acl";
    return "<edit-config><target><candidate/></target><test-option>"
        + testOption
        + "</test-option><config xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0'><"
        + tree
        + " xmlns='http://openconfig.net/yang/"
        + tree
        + "'>"
        + content.replace("OPERATION", "nc:operation='" + operation + "'")
        + "</"
        + tree
        + "></config></edit-config>";
  }

  private static void commit(NetconfClient client, String edit) throws IOException {
    for (String step : new String[] {edit, "<commit/>"}) {
      String reply = client.rpc(step);
      assertTrue(reply.contains("<ok/>"), reply);
    }
  }

  private static NetconfClient connect(SimulatedSwitch tor) throws IOException {
    return NetconfClient.connect(tor.netconfAddress(), tor.hostKey(), "1.1");
  }
}
