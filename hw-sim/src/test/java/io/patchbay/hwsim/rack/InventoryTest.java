package io.patchbay.hwsim.rack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.Json;
import io.patchbay.hwsim.node.RackDescription;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rack writes for the tools of a network team. */
class InventoryTest {
  private static final String RACK =
      """
      nodes:
        - host: {name: node-1, address: 10.200.0.11}
          nics:
            - pf: eth1
              pci: "0000:3b:00.0"
              mac: "02:00:00:00:01:00"
              vfs: 16
              numa: 0
              physicalFunction:
                {pfKernelDriver: ice, vfKernelDriver: iavf}
            - pf: eth2
              pci: "0000:3b:00.1"
              mac: "02:00:00:00:01:01"
              vfs: 16
              numa: 0
              physicalFunction: {pfKernelDriver: ice, vfKernelDriver: iavf}
      switches:
        - name: tor-1
          ports: [{name: Ethernet1}, {name: Ethernet2}]
          netconf: {port: 830, user: admin}
        - name: tor-2
          ports: [{name: swp1}]
          netconf: {port: 831, user: admin}
      mlag:
        - {primary: tor-1, secondary: tor-2}
      cables:
        - {node: node-1, pf: eth1, switch: tor-1, port: Ethernet1, pair: {switch: tor-2, port: swp1}}
        - {node: node-1, pf: eth2, switch: tor-1, port: Ethernet2}
      """;

  @TempDir Path folder;

  @Test
  void aCableToAnMlagPairIsOneCableWithTwoSwitchPorts() {
    new Inventory(folder).cables(RackDescription.parse("rack.yaml", RACK));
    assertEquals(
        Json.parseYaml(
            "wanted",
            """
            cables:
              - {node: node-1, pfMac: "02:00:00:00:01:00", switch: tor-1, port: Ethernet1,
                 pair: {switch: tor-2, port: swp1}}
              - {node: node-1, pfMac: "02:00:00:00:01:01", switch: tor-1, port: Ethernet2}
            """,
            JsonNode.class),
        Json.readFile(folder.resolve("cables.yaml"), JsonNode.class));
  }
}
