package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenConfigPortTest {
  private static final OpenConfigPort PLAIN = new OpenConfigPort(Set.of());
  private static final String SWITCHED_VLAN =
      "<switched-vlan xmlns=\"http://openconfig.net/yang/vlan\">%s</switched-vlan>";

  private static PortReading read(String interfaceContent) {
    String xml =
        """
        <rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:oc="urn:of-some-identities">
          <data>
            <interfaces xmlns="http://openconfig.net/yang/interfaces">%s</interfaces>
          </data>
        </rpc-reply>\
        """
            .formatted(interfaceContent);
    return PLAIN
        .readings(Xml.parse(xml.getBytes(StandardCharsets.UTF_8)), List.of("Ethernet1"))
        .get("Ethernet1");
  }

  private static PortReading readVlan(String switchedVlan) {
    return read(
        "<interface><name>Ethernet1</name><ethernet"
            + " xmlns=\"http://openconfig.net/yang/interfaces/ethernet\">\n"
            + "  "
            + SWITCHED_VLAN.formatted(switchedVlan)
            + "</ethernet></interface>");
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  @Test
  void understandsWhatItWrites() {
    assertEquals(
        new Access(10),
        readVlan(
                "<config><interface-mode>ACCESS</interface-mode><access-vlan>10</access-vlan></config>")
            .meaning());
    assertEquals(
        trunk(5, 7, 8, 9),
        readVlan(
                "<config>\n"
                    + "<interface-mode>oc:TRUNK</interface-mode><trunk-vlans>7..9</trunk-vlans><trunk-vlans>"
                    + " 5 </trunk-vlans></config>")
            .meaning());
    assertEquals(
        new Trunk(new TreeSet<>(List.of(6)), OptionalInt.of(10)),
        readVlan(
                "<config><interface-mode>TRUNK</interface-mode><native-vlan>10</native-vlan><trunk-vlans>6</trunk-vlans></config>")
            .meaning());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // all VLANs
        "<config><interface-mode>TRUNK</interface-mode></config>",
        "<config><interface-mode>TRUNK</interface-mode><trunk-vlans>1</trunk-vlans><vendor/></config>",
        "<config><interface-mode>TRUNK</interface-mode><trunk-vlans>5000</trunk-vlans></config>",
        "<config><interface-mode>TRUNK</interface-mode><trunk-vlans>x</trunk-vlans></config>",
        "<config><interface-mode>ACCESS</interface-mode></config>",
        "<config><interface-mode>ACCESS</interface-mode><access-vlan>1</access-vlan><trunk-vlans>2</trunk-vlans></config>",
        "<config/>",
        "",
      })
  void keepsWhatItDoesNotUnderstand(String content) {
    PortReading reading = readVlan(content);
    assertEquals(reading.raw(), reading.meaning());
    assertTrue(reading.is(reading.raw()));
    assertFalse(reading.is(trunk(1)));
  }

  @Test
  void knowsWhatWasNotThere() {
    assertEquals(new Raw("no interface"), read("").raw());
    assertEquals(
        new Raw("no switched-vlan"), read("<interface><name>Ethernet1</name></interface>").raw());
    assertEquals(
        new Raw("no switched-vlan"),
        read("<interface><name>Ethernet1</name><ethernet"
                + " xmlns=\"http://openconfig.net/yang/interfaces/ethernet\"/></interface>")
            .raw());
    assertEquals(
        new Raw("no interface"),
        read("<interface><name>Ethernet11</name></interface>").raw(),
        "another port's answer is not this one's");
  }

  @Test
  void rawTextStandsAlone() {
    assertEquals(
        "<switched-vlan xmlns=\"http://openconfig.net/yang/vlan\""
            + " xmlns:oc=\"urn:of-some-identities\">"
            + "<config><interface-mode>oc:TRUNK</interface-mode></config></switched-vlan>",
        readVlan("<config>\n <interface-mode>oc:TRUNK</interface-mode>\n</config>").raw().text());
    assertEquals(
        "<switched-vlan"
            + " xmlns=\"http://openconfig.net/yang/vlan\"><config><interface-mode>TRUNK</interface-mode></config></switched-vlan>",
        readVlan("<config><interface-mode>TRUNK</interface-mode></config>").raw().text(),
        "namespaces that are not used are left behind");
  }

  /** A switch of base 1.0 knows delete only, which fails where there is nothing. */
  @Test
  void whereThereIsNoRemoveOnlyWhatIsThereIsDeleted() {
    String vlan = "<switched-vlan xmlns=\"" + OpenConfigPort.VLAN + "\"/>";
    Raw none = new Raw("no switched-vlan");
    assertTrue(edit(none, vlan, false).contains("OP=\"delete\""), edit(none, vlan, false));
    String gone = edit(new Raw("no interface"), vlan, false);
    assertTrue(gone.contains("OP=\"delete\""), gone);
    for (String there : List.of("no switched-vlan", "no interface")) {
      String edit = edit(none, there, false);
      assertFalse(edit.contains("OP="), edit);
    }
  }

  private static String edit(PortConfig wanted, String now) {
    return edit(wanted, now, true);
  }

  private static String edit(PortConfig wanted, String now, boolean removes) {
    return PLAIN
        .edit(
            Map.of("Ethernet1", wanted),
            Map.of("Ethernet1", new PortReading(new Raw(now), new Raw(now))),
            removes)
        .replace("http://openconfig.net/yang/interfaces/ethernet", "ETH")
        .replace("http://openconfig.net/yang/interfaces", "IF")
        .replace("http://openconfig.net/yang/vlan", "VLAN")
        .replace(
            " xmlns:patchbay-nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" patchbay-nc:operation=",
            " OP=");
  }

  private static String inInterface(String content) {
    return "<interfaces xmlns=\"IF\"><interface><name>Ethernet1</name>"
        + content
        + "</interface></interfaces>";
  }

  @Test
  void replacesTheWholeContainer() {
    assertEquals(
        inInterface(
            "<ethernet xmlns=\"ETH\"><switched-vlan xmlns=\"VLAN\" OP=\"replace\"><config>"
                + "<interface-mode>TRUNK</interface-mode><trunk-vlans>10</trunk-vlans><trunk-vlans>20</trunk-vlans>"
                + "</config></switched-vlan></ethernet>"),
        edit(trunk(20, 10), "no switched-vlan"));
    assertEquals(
        inInterface(
            "<ethernet xmlns=\"ETH\"><switched-vlan xmlns=\"VLAN\" OP=\"replace\"><config>"
                + "<interface-mode>ACCESS</interface-mode><access-vlan>4094</access-vlan>"
                + "</config></switched-vlan></ethernet>"),
        edit(new Access(4094), "<switched-vlan/>"));
  }

  @Test
  void putsBackWhatWasThere() {
    assertEquals(
        inInterface(
            "<ethernet xmlns=\"ETH\"><switched-vlan OP=\"replace\""
                + " xmlns=\"VLAN\"><config/></switched-vlan></ethernet>"),
        edit(
            new Raw(
                "<switched-vlan"
                    + " xmlns=\"http://openconfig.net/yang/vlan\"><config/></switched-vlan>"),
            "<switched-vlan/>"));
    assertEquals(
        inInterface(
            "<ethernet xmlns=\"ETH\"><switched-vlan xmlns=\"VLAN\" OP=\"remove\"/></ethernet>"),
        edit(new Raw("no switched-vlan"), "<switched-vlan/>"));
    assertEquals(
        "<interfaces xmlns=\"IF\"><interface"
            + " OP=\"remove\"><name>Ethernet1</name></interface></interfaces>",
        edit(new Raw("no interface"), "<switched-vlan/>"));
  }

  @Test
  void introducesAnInterfaceTheSwitchHasNoConfigurationOf() {
    assertTrue(
        edit(trunk(10), "no interface")
            .contains(
                "<name>Ethernet1</name><config><name>Ethernet1</name><type"
                    + " xmlns:ianaift=\"urn:ietf:params:xml:ns:yang:iana-if-type\">ianaift:ethernetCsmacd</type></config><ethernet"));
  }

  /** Nothing else of {@code config}, which has much in it that is others'. */
  @Test
  void ofALeafOnlyTheLeafItselfIsWritten() {
    PortReading there = PortConfig.Leaf.reading(Optional.of("1500"));
    PortReading absent = PortConfig.Leaf.reading(Optional.empty());
    Map<String, PortConfig> wanted = new TreeMap<>();
    wanted.put("Ethernet1 [mtu]", new PortConfig.Leaf("9000"));
    wanted.put("Ethernet1 [description]", absent.raw());
    Map<String, PortReading> now =
        Map.of("Ethernet1 [mtu]", there, "Ethernet1 [description]", there);
    assertEquals(
        "<interfaces xmlns=\"IF\"><interface><name>Ethernet1</name><config><mtu"
            + " OP=\"replace\">9000</mtu><description"
            + " OP=\"remove\"/></config></interface></interfaces>",
        PLAIN
            .edit(wanted, now, true)
            .replace(OpenConfigPort.INTERFACES, "IF")
            .replace(OpenConfigPort.OPERATION, " OP="));
    String old = PLAIN.edit(wanted, now, false);
    assertTrue(old.contains("\"delete\"/></config>"), old);
    String gone =
        PLAIN.edit(
            wanted, Map.of("Ethernet1 [mtu]", there, "Ethernet1 [description]", absent), false);
    assertFalse(gone.contains("description"), gone);
  }

  @Test
  void filtersByNameAndEscapes() {
    assertEquals(
        "<interfaces"
            + " xmlns=\"http://openconfig.net/yang/interfaces\"><interface><name>a&lt;b</name></interface></interfaces>",
        OpenConfigPort.filter(List.of("a<b")));
  }

  /** RFC 7950 knows no interface without a type; a LAG without members would be of no use. */
  @Test
  void aLagIsWrittenWhereItsVlansAreAndNeverMade() {
    OpenConfigPort words = new OpenConfigPort(Set.of("lag7"));
    PortReading there = new PortReading(new Raw("no switched-vlan"), new Raw("no switched-vlan"));
    String edit = words.edit(Map.of("lag7", trunk(100)), Map.of("lag7", there), true);
    assertTrue(
        edit.contains(
            "<aggregation"
                + " xmlns=\"http://openconfig.net/yang/interfaces/aggregate\"><switched-vlan"),
        edit);
    assertFalse(edit.contains("ethernet"), edit);
    Failure failure =
        assertThrows(Failure.class, () -> words.edit(Map.of("lag7", trunk(100)), Map.of(), true));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
  }
}
