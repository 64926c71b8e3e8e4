package io.patchbay.hwsim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rack files, right and wrong, and the words in them. */
class RackDescriptionTest {
  private static final String SECOND_SWITCH =
      """
        - name: tor-2
          ports: [{name: swp1}, {name: swp9, mode: ACCESS, accessVlan: 101}]
          netconf: {listen: 10.200.0.1, port: 831, user: admin, password: secret}
      mlag:
        - {primary: tor-1, secondary: tor-2}
      """;

  private static final String PAIR = "pair: {switch: tor-2, port: swp1}}";
  private static final String GATEWAY_PAIR = "pair: {switch: tor-1, port: Ethernet9}";

  static final String RACK =
      """
      nodes:
        - host:
            name: node-1
            address: 10.200.0.11
            daemons:
              - {name: nsmgr, command: ["${PATCHBAY}", nsmgr], env: {NSM_NAME: "${NODE}-nsmgr"}}
          labels: {zone: a}
          nics:
            - pf: ens1f0
              pci: "0000:3b:00.0"
              mac: "02:00:00:00:01:00"
              vfs: 16
              numa: 0
              physicalFunction:
                pfKernelDriver: ice
                vfKernelDriver: iavf
                capabilities: [100g]
                serviceDomains: [example.com, lab.example.org]
        - host: {name: node-2, address: 10.200.0.12}
          nics:
            - pf: ens2f0
              pci: "0000:5e:00.0"
              mac: "02:00:00:00:02:00"
              vfs: 8
              numa: -1
              physicalFunction:
                {pfKernelDriver: igb, vfKernelDriver: igbvf, capabilities: [10g],
                 serviceDomains: [example.com]}
      hosts:
        - {name: infra, address: 10.200.0.10}
      switches:
        - name: tor-1
          ports: [{name: Ethernet1}, {name: Ethernet2}, {name: Ethernet9, mode: ACCESS, accessVlan: 101}]
          netconf: {listen: 10.200.0.1, port: 830, user: admin, password: secret}
      cables:
        - {node: node-1, pf: ens1f0, switch: tor-1, port: Ethernet1}
        - {node: node-2, pf: ens2f0, switch: tor-1, port: Ethernet2}
      gateways:
        - {service: myns, switch: tor-1, port: Ethernet9, mac: "02:00:00:00:09:01", address: 172.20.0.1/24}
      images:
        sleeper: [sleep, infinity]
      """;

  @Test
  void aWholeRackIsRead() {
    RackDescription rack = RackDescription.parse("rack.yaml", RACK);
    assertEquals(
        List.of("node-1", "node-2"), rack.nodes().stream().map(NodeDescription::name).toList());
    assertEquals("ens1f0v15", rack.nodes().getFirst().nics().getFirst().hardware().vfNetdev(15));
    assertEquals("Ethernet2", rack.cables().get(1).port());
    assertEquals(
        Json.read(
            """
            {"physicalFunctions":{"0000:3b:00.0":{"pfKernelDriver":"ice","vfKernelDriver":"iavf",
            "capabilities":["100g"],"serviceDomains":["example.com","lab.example.org"]}}}
            """,
            Map.class),
        Json.read(rack.nodes().getFirst().sriovConfig(), Map.class));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ens1f0, switch: tor-1 | ens1f0, switch: tor-9 | cables[0].switch names no switch: 'tor-9'",
        "port: Ethernet2 | port: Ethernet7 | cables[1].port tor-1 has no port 'Ethernet7'",
        "port: Ethernet2 | port: Ethernet1 | cables[1] uses tor-1/Ethernet1, which cables[0] has"
            + " already",
        "port: Ethernet9, mac | port: Ethernet2, mac | gateways[0] uses tor-1/Ethernet2, which"
            + " cables[1] has already",
        "node: node-2, pf | node: node-3, pf | cables[1] names no NIC of this rack: node-3/ens2f0",
        "name: node-2 | name: node-1 | nodes[1].host.name uses node-1, which nodes[0].host.name has"
            + " already",
        "10.200.0.12 | 10.200.0.11 | nodes[1].host.address uses 10.200.0.11, which"
            + " nodes[0].host.address has already",
        "10.200.0.12 | 10.201.0.12 | address must be in 10.200.0.2..10.200.0.254, not"
            + " '10.201.0.12'",
        "0000:3b:00.0 | 3b:00.0 | pci must be a whole lower-case PCI address such as 0000:3b:00.0,"
            + " not '3b:00.0'",
        "02:00:00:00:02:00 | 02:00:00:00:01:00 | nodes[1].nics[0].mac uses"
            + " 02:00:00:00:01:00, which nodes[0].nics[0].mac has already",
        "vfs: 16 | vfs: 0 | vfs must be in 1..128, not 0",
        "vfKernelDriver: iavf | vfKernelDriver: igbvf | physicalFunction has drivers of no make"
            + " there is: ice, igbvf",
        "172.20.0.1/24 | 172.20.0.1 | address must be an address such as 172.20.0.1/24, not"
            + " '172.20.0.1'",
        "[sleep, infinity] | [] | images['sleeper'] has no command",
        "labels: {zone: a} | label: {zone: a} | unknown field"
      })
  void wrongRacksNameFileLineAndField(String right, String wrong, String message) {
    assertTrue(RACK.contains(right), right);
    String yaml = RACK.replace(right, wrong);
    Failure failure = assertThrows(Failure.class, () -> RackDescription.parse("rack.yaml", yaml));
    assertTrue(failure.getMessage().contains(message), failure.getMessage());
    assertTrue(failure.getMessage().matches("(?s)rack.yaml:\\d+:\\d+.*"), failure.getMessage());
    long reported = Long.parseLong(failure.getMessage().split(":", 3)[1]);
    long line = RACK.substring(0, RACK.indexOf(right)).lines().count();
    assertTrue(line - 2 <= reported && reported <= line, failure.getMessage());
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }

  /** The same rack with another switch beside, and node-1 and the gateway at both. */
  static final String PAIRED =
      RACK.replace("cables:", SECOND_SWITCH + "cables:")
          .replace("switch: tor-1, port: Ethernet1}", "switch: tor-1, port: Ethernet1, " + PAIR)
          .replace("switch: tor-1, port: Ethernet9", "switch: tor-2, port: swp9")
          .replace("mac: \"02:00:00:00:09:01\"", "mac: \"02:00:00:00:09:01\", " + GATEWAY_PAIR);

  @Test
  void anMlagPairIsTwoSwitchesAndWhatHasALinkToBoth() {
    RackDescription rack = RackDescription.parse("rack.yaml", PAIRED);
    RackDescription.Mlag pair = rack.mlag().getFirst();
    assertEquals(new RackDescription.Mlag("tor-1", "tor-2"), pair);
    assertEquals("[tor-1 Ethernet1, tor-2 swp1]", rack.cables().get(0).ends().toString());
    assertEquals("[tor-1 Ethernet2]", rack.cables().get(1).ends().toString());
    assertEquals("[tor-2 swp9, tor-1 Ethernet9]", rack.gateways().getFirst().ends().toString());
    assertEquals(Map.of("Ethernet1", "swp1", "Ethernet9", "swp9"), rack.mlags(pair));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "secondary: tor-2 | secondary: tor-9 | mlag[0].secondary names no switch: 'tor-9'",
        "secondary: tor-2 | secondary: tor-1 | mlag[0].secondary uses tor-1, which mlag[0].primary"
            + " has already",
        "secondary: tor-2 | third: tor-2 | mlag[0]): secondary is missing",
        "primary: tor-1, | '' | primary is missing",
        "{switch: tor-2, port: swp1} | {switch: tor-7, port: swp1} | cables[0].pair.switch names no"
            + " switch: 'tor-7'",
        "{switch: tor-2, port: swp1} | {switch: tor-2, port: swp7} | cables[0].pair.port tor-2 has"
            + " no port 'swp7'",
        "{switch: tor-2, port: swp1} | {switch: tor-2} | port is missing",
        "{switch: tor-2, port: swp1} | {switch: tor-1, port: Ethernet3} | cables[0].pair.port tor-1"
            + " has no port 'Ethernet3'",
        "{switch: tor-2, port: swp1} | {switch: tor-1, port: Ethernet9} | cables[0].pair.switch"
            + " must be the other switch of an mlag pair with tor-1",
        "{switch: tor-2, port: swp1} | {switch: tor-2, port: swp9} | gateways[0] uses tor-2/swp9,"
            + " which cables[0] has already",
      })
  void wrongPairsNameTheField(String right, String wrong, String message) {
    assertTrue(PAIRED.contains(right), right);
    String yaml = PAIRED.replace(right, wrong);
    Failure failure = assertThrows(Failure.class, () -> RackDescription.parse("rack.yaml", yaml));
    assertTrue(failure.getMessage().contains(message), failure.getMessage());
    assertTrue(failure.getMessage().matches("(?s)rack.yaml:\\d+:\\d+.*"), failure.getMessage());
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[tor-3] | ''",
        "[tor-3, tor-9] | underlay[1] names no switch: 'tor-9'",
        "[tor-3, tor-3] | underlay[1] uses tor-3, which underlay[0] has already",
        "[tor-1] | underlay[0] names a switch of an mlag pair, which has no VTEP here: tor-1",
        "[tor-3, tor-2] | underlay[1] names a switch of an mlag pair",
      })
  void leavesOfAnUnderlayAreSwitchesOfNoPair(String leaves, String message) {
    String yaml =
        PAIRED.replace(
            "mlag:",
            """
              - name: tor-3
                netconf: {listen: 10.200.0.1, port: 832, user: admin, password: secret}
            underlay: %s
            mlag:\
            """
                .formatted(leaves)
                .stripTrailing());
    if (message.isEmpty()) {
      assertEquals(List.of("tor-3"), RackDescription.parse("rack.yaml", yaml).underlay());
    } else {
      Failure failure = assertThrows(Failure.class, () -> RackDescription.parse("r.yaml", yaml));
      assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }
  }

  @Test
  void wordsStandForOneOrMany() {
    Words words =
        new Words(Map.of("PATCHBAY", List.of("java", "-cp", "x"), "NODE", List.of("node-1")));
    assertEquals(
        List.of("java", "-cp", "x", "nsmgr", "--on=node-1"),
        words.command(List.of("${PATCHBAY}", "nsmgr", "--on=${NODE}")));
    assertEquals(Map.of("A", "node-1/$HOME"), words.environment(Map.of("A", "${NODE}/$HOME")));
    assertEquals(
        "'x${PATCHBAY}' holds ${PATCHBAY}, which is several words",
        assertThrows(Failure.class, () -> words.command(List.of("x${PATCHBAY}"))).getMessage());
    String unknown =
        assertThrows(Failure.class, () -> words.command(List.of("${WHAT}"))).getMessage();
    assertTrue(unknown.startsWith("${WHAT} stands for nothing"), unknown);
  }

  @Test
  void anImageTakesItsPodsArguments() {
    Images images = new Images(Map.of("nsc", List.of("run", "nsc")), new Words(Map.of()));
    assertEquals(
        Optional.of(List.of("run", "nsc", "--once")), images.command("nsc", List.of("--once")));
    assertEquals(Optional.empty(), images.command("other", List.of()));
  }
}
