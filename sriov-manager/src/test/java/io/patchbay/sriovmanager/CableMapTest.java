package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.linux.LldpNeighbour;
import io.patchbay.linux.MacAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cables on paper, and what the other end of a simulated one says. */
class CableMapTest {
  private static final CableMap MAP =
      Json.parseYaml(
          "cables.yaml",
          """
          cables:
            - {node: node-1, pfMac: "0200.0000.0100", switch: tor-1, port: Ethernet1}
            - {node: node-2, pfMac: "02:00:00:00:02:00", switch: tor-1, port: Ethernet2, nativeVlan: 7}
            - {node: node-3, pfMac: "02:00:00:00:03:00", switch: tor-1, port: Ethernet3,
               pair: {switch: tor-2, port: lag9, lag: [Ethernet4], pfMac: "02:00:00:00:03:01"}}
          """,
          CableMap.class);
  private static final MacAddress PF = MacAddress.parse("02:00:00:00:01:00");

  @Test
  void aCableIsFoundByNodeAndAddressHoweverItIsWritten() {
    assertEquals("Ethernet1", MAP.find("node-1", PF).orElseThrow().port());
    assertEquals(Optional.empty(), MAP.find("node-2", PF));
    assertThrows(
        Failure.class, () -> new CableMap.Cable("node-1", "02:00:00:00:01", "tor-1", "Ethernet1"));
  }

  /** Which of its links a NIC hears its neighbour on is not known. */
  @ParameterizedTest
  @CsvSource({
    "tor-1, Ethernet3, ''",
    "tor-2, Ethernet4, ''",
    "tor-2, Ethernet3, 'the cables file says tor-1 Ethernet3 or tor-2 lag9, LLDP says tor-2"
        + " Ethernet3'",
  })
  void aPairIsAtEitherOfItsPorts(String system, String port, String contradiction) {
    LldpNeighbour said = new LldpNeighbour(system, List.of(port), Duration.ofSeconds(120));
    for (String mac : List.of("02:00:00:00:03:00", "02:00:00:00:03:01")) {
      CableMap.Cable cable = MAP.find("node-3", MacAddress.parse(mac)).orElseThrow();
      assertEquals(contradiction, cable.contradiction(said).orElse(""));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tor-1,             Ethernet1,           false",
    "TOR-1.example.com, ethernet1,           false",
    "'',                Ethernet1,           false",
    "tor-1,             '',                  false",
    "tor-1,             spare/Ethernet1,     false",
    "tor-10,            Ethernet1,           true",
    "tor-2,             Ethernet1,           true",
    "tor-1,             Ethernet10,          true",
    "tor-2,             '',                  true",
  })
  void whatContradicts(String system, String ports, boolean contradicts) {
    LldpNeighbour said =
        new LldpNeighbour(
            system,
            Arrays.stream(ports.split("/")).filter(port -> !port.isEmpty()).toList(),
            Duration.ofSeconds(120));
    Optional<String> found = MAP.find("node-1", PF).orElseThrow().contradiction(said);
    assertEquals(contradicts, found.isPresent(), found::toString);
    found.ifPresent(text -> assertTrue(text.contains("tor-1 Ethernet1") && text.contains(system)));
  }

  @Test
  void aPfThatIsPluggedInElsewhereIsNotOffered(@TempDir Path folder) {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    Stock.Pace pace =
        new Stock.Pace(Duration.ofDays(1), Duration.ofMillis(50), Duration.ofMinutes(1));
    FakeTime time = new FakeTime();
    try (Node node =
        new Node(folder, time, pace, NicHardware.Slot.PLAIN, SriovConfigTest.good(), MAP)) {
      String wrong = "PF pf0: the cables file says tor-1 Ethernet1, LLDP says tor-2 Ethernet7";
      eventually(node, State.BROKEN, wrong, () -> say(node, "tor-2", "Ethernet7"));
      assertEquals("", node.listed(3).getFault(), "of the file or of the wire, who knows");
      eventually(node, State.FREE, "", () -> say(node, "tor-1", "Ethernet1"));
      eventually(node, State.BROKEN, wrong, () -> say(node, "tor-2", "Ethernet7"));
      eventually(node, State.FREE, "", () -> time.advance(Duration.ofSeconds(120)));
      eventually(node, State.BROKEN, wrong, () -> say(node, "tor-2", "Ethernet7"));
      replug(node, time);
      eventually(node, State.FREE, "", () -> {});
    }
  }

  /** Whoever is at the other end then has not said anything yet. */
  private static void replug(Node node, FakeTime time) {
    node.cable.unplug();
    eventually(node, State.BROKEN, "PF pf0 has no carrier", () -> {});
    node.cable.plug();
    String soon = "PF pf0 has carrier again and must keep it for 2000 ms";
    eventually(node, State.BROKEN, soon, () -> {});
    time.advance(Duration.ofSeconds(2));
  }

  /** Once; it is said until it is heard, as nobody may listen yet. */
  private static void say(Node node, String system, String port) {
    LldpMessage.Identity chassis =
        new LldpMessage.Identity(IdType.MAC_ADDRESS, "02:00:00:00:00:42");
    LldpMessage.Identity name = new LldpMessage.Identity(IdType.INTERFACE_NAME, port);
    MacAddress source = MacAddress.parse("02:00:00:00:00:42");
    node.cable.switchEnd().send(new LldpMessage(chassis, name, 120, system, "").frame(source));
  }

  private static void eventually(Node node, State state, String reason, Runnable meanwhile) {
    Await.until(
        state + " " + reason,
        Duration.ofSeconds(10),
        () -> {
          meanwhile.run();
          return node.listed(3).getState() == state && node.listed(3).getReason().equals(reason);
        });
  }
}
