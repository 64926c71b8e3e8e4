package io.patchbay.torshims.snmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.snmp.SnmpPort.PortVlan;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a switch may have that the simulated one never has. */
class BridgeStateTest {
  private static final SnmpPort FREE = SnmpPort.of(new Access(10));

  /** Bridge port 3 is Ethernet1; 4 and 5 are both called twin. */
  private static BridgeState state(VlanRow... rowsFrom20) {
    TreeMap<Integer, VlanRow> rows = new TreeMap<>();
    rows.put(10, new VlanRow("office", list(), list(), list(), true));
    for (int i = 0; i < rowsFrom20.length; i++) {
      rows.put(20 + i, rowsFrom20[i]);
    }
    PortVlan vlan = FREE.vlan();
    Map<String, SortedSet<Integer>> numbers = new TreeMap<>();
    numbers.put("Ethernet1", new TreeSet<>(Set.of(3)));
    numbers.put("twin", new TreeSet<>(Set.of(4, 5)));
    return new BridgeState(
        1, numbers, new TreeMap<>(Map.of(3, vlan, 4, vlan, 5, vlan)), rows, VlanNames.NUMBERS);
  }

  private static PortList list(int... ports) {
    PortList list = PortList.empty(1);
    for (int port : ports) {
      list = list.with(port, true);
    }
    return list;
  }

  private static VlanRow idle(int... ports) {
    return new VlanRow("storage", list(ports), list(), list(), false);
  }

  @Test
  void aPortIsTakenOutOfARowThatIsNotActiveAndGivenBack() {
    BridgeState before = state(idle(3));
    SnmpPort former = before.port("tor-1", "Ethernet1");
    BridgeState taken = before.with("tor-1", "Ethernet1", FREE);
    assertEquals(FREE, taken.port("tor-1", "Ethernet1"));
    assertEquals(before.rows().get(20), taken.with("tor-1", "Ethernet1", former).rows().get(20));
  }

  @Test
  void whatIsNewIsNotPutInARowThatIsNotActive() {
    BridgeState state = state(idle());
    state.checkActive("tor-1", FREE);
    Failure failure =
        assertThrows(
            Failure.class, () -> state.checkActive("tor-1", SnmpPort.of(AgentRig.trunk(10, 20))));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(failure.getMessage().contains("VLAN 20 has a row that is not active"));
  }

  @Test
  void aNameThatTwoPortsHaveIsRefusedWithBoth() {
    BridgeState state = state();
    Failure failure = assertThrows(Failure.class, () -> state.port("tor-1", "twin"));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(failure.getMessage().contains("bridge ports [4, 5]"), failure.getMessage());
    assertTrue(failure.getMessage().contains("'twin'"), failure.getMessage());
    state.port("tor-1", "Ethernet1");
  }
}
