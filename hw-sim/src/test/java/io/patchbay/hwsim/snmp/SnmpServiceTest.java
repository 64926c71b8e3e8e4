package io.patchbay.hwsim.snmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.frame.LldpMessage.Identity;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.linux.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snmp4j.PDU;
import org.snmp4j.smi.Gauge32;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.Variable;
import org.snmp4j.smi.VariableBinding;

/** The objects of contracts tor.md 4, by their numbers. */
class SnmpServiceTest {
  private static final String BRIDGE = "1.3.6.1.2.1.17.";

  private final Stack opened = new Stack();
  private SimulatedSwitch tor;
  private SnmpService service;
  private String factory;

  @BeforeEach
  void start() {
    SwitchDescription description =
        new SwitchDescription(
            "tor-1",
            List.of(
                Port.bare("Ethernet1"),
                Port.access("Ethernet2", 10),
                Port.trunk("Ethernet3"),
                new Port("Ethernet4", "uplink", "TRUNK", 0, 7, List.of("20..29", "40"))),
            Access.byPassword("unused", "unused"));
    tor = opened.push(SimulatedSwitch.start(description, new FakeTime()));
    service = tor.snmp();
    factory = tor.runningConfig();
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private static Variable value(String type, String text) {
    return switch (type) {
      case "i" -> new Integer32(Integer.parseInt(text));
      case "u" -> new Gauge32(Long.parseLong(text));
      case "x" -> text.isEmpty() ? new OctetString() : OctetString.fromHexStringPairs(text);
      default -> new OctetString(text);
    };
  }

  /** Objects as snmpset is given them: {@code OID type value}, parted by semicolons. */
  private void set(String objects) {
    List<VariableBinding> variables = new ArrayList<>();
    for (String object : objects.split(";")) {
      String[] parts = object.strip().split(" ", 3);
      String oid = parts[0].startsWith("17.") ? "1.3.6.1.2.1." + parts[0] : parts[0];
      variables.add(
          new VariableBinding(new OID(oid), value(parts[1], parts.length < 3 ? "" : parts[2])));
    }
    service.set(variables);
  }

  private String get(String oid) {
    Variable value = service.view().get(new OID(oid));
    return value == null ? "none" : value.getSyntaxString() + " " + value;
  }

  /** Bridge ports are 12, 11, 10 and 9 for Ethernet1 to 4, in two octets. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1.3.6.1.2.1.2.2.1.2.4              | OCTET STRING Ethernet4
          1.3.6.1.2.1.2.2.1.7.4              | Integer32 1
          1.3.6.1.2.1.2.2.1.8.4              | Integer32 2
          1.3.6.1.2.1.31.1.1.1.1.4           | OCTET STRING Ethernet4
          1.3.6.1.2.1.31.1.1.1.18.4          | OCTET STRING uplink
          1.3.6.1.2.1.17.1.2.0               | Integer32 4
          1.3.6.1.2.1.17.1.4.1.2.9           | Integer32 4
          1.3.6.1.2.1.17.1.4.1.2.12          | Integer32 1
          1.3.6.1.2.1.17.7.1.4.3.1.2.10      | OCTET STRING 00:20
          1.3.6.1.2.1.17.7.1.4.3.1.4.10      | OCTET STRING 00:20
          1.3.6.1.2.1.17.7.1.4.3.1.5.10      | Integer32 1
          1.3.6.1.2.1.17.7.1.4.3.1.2.7       | OCTET STRING 00:80
          1.3.6.1.2.1.17.7.1.4.3.1.2.29      | OCTET STRING 00:80
          1.3.6.1.2.1.17.7.1.4.3.1.4.29      | OCTET STRING 00:00
          1.3.6.1.2.1.17.7.1.4.3.1.5.30      | none
          1.3.6.1.2.1.17.7.1.4.2.1.4.4711.10 | OCTET STRING 00:60
          1.3.6.1.2.1.17.7.1.4.5.1.1.11      | Gauge 10
          1.3.6.1.2.1.17.7.1.4.5.1.2.11      | Integer32 1
          1.3.6.1.2.1.17.7.1.4.5.1.3.11      | Integer32 1
          1.3.6.1.2.1.17.7.1.4.5.1.2.10      | Integer32 2
          1.3.6.1.2.1.17.7.1.4.5.1.3.10      | Integer32 2
          1.3.6.1.6.3.1.1.6.1.0              | Integer32 1
          1.0.8802.1.1.2.1.3.7.1.3.4         | OCTET STRING Ethernet4
          """)
  void tells(String oid, String value) {
    String told = get(oid);
    boolean binary = value.matches("OCTET STRING ([0-9a-f]{2}:?)+");
    Variable raw = service.view().get(new OID(oid));
    assertEquals(value, binary ? "OCTET STRING " + ((OctetString) raw).toHexString() : told);
  }

  @Test
  void tellsWhoIsHeard() {
    Cable cable = opened.push(new Cable("cable"));
    tor.attach("Ethernet1", cable.switchEnd());
    Identity mac = new Identity(IdType.MAC_ADDRESS, "02:00:00:00:0a:05");
    cable
        .nicEnd()
        .send(new LldpMessage(mac, mac, 120, "node-1", "").frame(MacAddress.parse(mac.value())));
    Await.until(
        "it is heard", Duration.ofSeconds(20), () -> !tor.neighbours("Ethernet1").isEmpty());
    String remote = "1.0.8802.1.1.2.1.4.1.1.";
    assertEquals("Integer32 4", get(remote + "4.4711.1.1"));
    assertEquals("Integer32 3", get(remote + "6.4711.1.1"));
    OctetString id = (OctetString) service.view().get(new OID(remote + "7.4711.1.1"));
    assertEquals("02:00:00:00:0a:05", id.toHexString());
    assertEquals("OCTET STRING node-1", get(remote + "9.4711.1.1"));
  }

  /** Contract: access is Egress, Untagged and PVID, with both bits of the old VLAN cleared. */
  @Test
  void oneSetMovesAnAccessPort() {
    set(
        "17.7.1.4.3.1.5.100 i 4; 17.7.1.4.3.1.1.100 s storage; 17.7.1.4.3.1.2.100 x 0020;"
            + "17.7.1.4.3.1.4.100 x 0020; 17.7.1.4.3.1.2.10 x 0000; 17.7.1.4.3.1.4.10 x 0000;"
            + "17.7.1.4.5.1.1.11 u 100; 1.3.6.1.6.3.1.1.6.1.0 i 1");
    assertTrue(tor.runningConfig().contains("<access-vlan>100</access-vlan>"));
    assertTrue(tor.runningConfig().contains("<name>storage</name>"));
    assertEquals("Integer32 2", get("1.3.6.1.6.3.1.1.6.1.0"));
    set(
        "17.7.1.4.3.1.5.100 i 6; 17.7.1.4.3.1.2.10 x 0020; 17.7.1.4.3.1.4.10 x 0020;"
            + "17.7.1.4.5.1.1.11 u 10");
    assertEquals(factory, tor.runningConfig());
    assertEquals("Integer32 2", get("1.3.6.1.6.3.1.1.6.1.0"), "nobody asked for it to count");
  }

  /** The index is of the object to blame; whatever else is in the SET is not made. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          12 | 1 | 1.3.6.1.6.3.1.1.6.1.0 i 7
          10 | 1 | 17.7.1.4.3.1.5.200 i 5
          12 | 1 | 17.7.1.4.3.1.5.10 i 4
          11 | 1 | 17.7.1.4.3.1.5.4095 i 4
          18 | 1 | 17.7.1.4.3.1.2.200 x 0020
          8  | 1 | 17.7.1.4.3.1.2.10 x 20
          8  | 1 | 17.7.1.4.3.1.2.10 x 002000
          12 | 1 | 17.7.1.4.3.1.2.10 x 0001
          7  | 1 | 17.7.1.4.3.1.2.10 i 1
          7  | 1 | 17.7.1.4.5.1.1.11 i 10
          12 | 1 | 17.7.1.4.5.1.1.11 u 200
          11 | 1 | 17.7.1.4.5.1.1.99 u 10
          10 | 1 | 17.7.1.4.5.1.2.11 i 3
          17 | 1 | 17.7.1.4.2.1.4.4711.10 x 0000
          17 | 1 | 1.3.6.1.2.1.2.2.1.4.1 i 9000
          12 | 0 | 17.7.1.4.3.1.4.7 x 0020
          12 | 0 | 17.7.1.4.3.1.3.10 x 0020
          12 | 1 | 17.7.1.4.3.1.5.1 i 6
          """)
  void whatIsWrongIsNamedAndNothingIsMade(int status, int index, String object) {
    SetRefused refused =
        assertThrows(SetRefused.class, () -> set("1.3.6.1.2.1.31.1.1.1.18.1 s other;" + object));
    assertEquals(status, refused.status(), refused::getMessage);
    assertEquals(index, refused.index(), refused::getMessage);
    assertEquals(factory, tor.runningConfig());
    assertEquals("Integer32 1", get("1.3.6.1.6.3.1.1.6.1.0"));
  }

  /** A PVID that does nothing is kept all the same, as switches do. */
  @Test
  void tellsWhatWasSetWhereverThatComesToTheSame() {
    set("17.7.1.4.5.1.1.10 u 40");
    assertEquals("Gauge 40", get(BRIDGE + "7.1.4.5.1.1.10"));
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void aliasAndStateOfAnInterfaceCanBeSet() {
    set("1.3.6.1.2.1.31.1.1.1.18.2 s of node-1; 1.3.6.1.2.1.2.2.1.7.2 i 2");
    assertTrue(tor.runningConfig().contains("<description>of node-1</description>"));
    assertEquals("Integer32 2", get("1.3.6.1.2.1.2.2.1.7.2"));
    SetRefused refused =
        assertThrows(SetRefused.class, () -> set("1.3.6.1.2.1.31.1.1.1.18.2 s " + "x".repeat(65)));
    assertEquals(PDU.wrongLength, refused.status());
  }

  @Test
  void theViewIsInTheOrderOfItsNumbers() {
    NavigableMap<OID, Variable> view = service.view();
    assertEquals(new OID("1.0.8802.1.1.2.1.3.7.1.2.1"), view.firstKey());
    assertEquals(new OID("1.3.6.1.6.3.1.1.6.1.0"), view.lastKey());
  }
}
