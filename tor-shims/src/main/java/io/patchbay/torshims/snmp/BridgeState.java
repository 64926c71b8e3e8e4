package io.patchbay.torshims.snmp;

import static java.util.Objects.requireNonNull;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.snmp.SnmpPort.PortVlan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.snmp4j.smi.Gauge32;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.VariableBinding;

/**
 * What a bridge's tables say at one moment, or would say. Immutable. Pure.
 *
 * @param serial snmpSetSerialNo, read before all else
 * @param numbers the bridge ports, by name: more than one where several interfaces have the same
 * @param ports dot1qPortVlanTable, by bridge port
 * @param rows dot1qVlanStaticTable, by VLAN
 * @param names of rows that are made
 */
record BridgeState(
    int serial,
    Map<String, SortedSet<Integer>> numbers,
    SortedMap<Integer, PortVlan> ports,
    SortedMap<Integer, VlanRow> rows,
    VlanNames names) {

  /** Throws {@link Failure}: NOT_FOUND for a port that is not there, CONFLICT for several. */
  private int number(String who, String port) {
    SortedSet<Integer> found = new TreeSet<>(numbers.getOrDefault(port, new TreeSet<>()));
    found.retainAll(ports.keySet());
    if (found.isEmpty()) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          who + ": no bridge port has an interface with the ifName '" + port + "'");
    }
    if (found.size() > 1) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          who
              + ": the bridge ports "
              + found
              + " have interfaces with the same ifName '"
              + port
              + "'; give them different names there");
    }
    return found.first();
  }

  /** One port. Throws {@link Failure}: NOT_FOUND, CONFLICT. */
  SnmpPort port(String who, String name) {
    int number = number(who, name);
    SortedSet<Integer> egress = new TreeSet<>();
    SortedSet<Integer> untagged = new TreeSet<>();
    rows.forEach((vlan, row) -> {
      if (row.egress().has(number)) {
        egress.add(vlan);
      }
      if (row.untagged().has(number)) {
        untagged.add(vlan);
      }
    });
    return new SnmpPort(requireNonNull(ports.get(number)), egress, untagged);
  }

  /** Several ports, as the driver tells them. */
  Map<String, PortReading> readings(String who, Set<String> names) {
    Map<String, PortReading> readings = new TreeMap<>();
    names.forEach(name -> readings.put(name, port(who, name).reading()));
    return readings;
  }

  /**
   * The same with a port like that, and with rows for VLANs that there are none of; rows that are
   * not active take ports as others do. Throws {@link Failure}: NOT_FOUND without the port,
   * CONFLICT where the switch's own rules are against it.
   */
  BridgeState with(String who, String name, SnmpPort port) {
    int number = number(who, name);
    SortedMap<Integer, PortVlan> changedPorts = new TreeMap<>(ports);
    changedPorts.put(number, port.vlan());
    SortedMap<Integer, VlanRow> changedRows = new TreeMap<>(rows);
    for (int vlan : port.listed()) {
      VlanRow row =
          changedRows.computeIfAbsent(vlan, fresh -> VlanRow.of(names.of(fresh), octets()));
      if (port.egress().contains(vlan) && row.forbidden().has(number)) {
        throw new Failure(
            Failure.Kind.CONFLICT,
            who
                + ": port "
                + name
                + " is forbidden in VLAN "
                + vlan
                + " there (dot1qVlanStaticForbiddenEgressPorts)");
      }
    }
    changedRows.replaceAll((vlan, row) -> row.with(vlan, number, port));
    return new BridgeState(serial, numbers, changedPorts, changedRows, names);
  }

  /**
   * Throws {@link Failure} of kind CONFLICT where a port like that would have no frames of some.
   */
  void checkActive(String who, SnmpPort port) {
    for (int vlan : port.listed()) {
      VlanRow row = rows.get(vlan);
      if (row != null && !row.active()) {
        throw new Failure(
            Failure.Kind.CONFLICT,
            who + ": VLAN " + vlan + " has a row that is not active; mend it there");
      }
    }
  }

  /** So many octets has a list of ports on this switch. */
  private int octets() {
    int most = rows.values().stream().mapToInt(row -> row.egress().length()).max().orElse(0);
    return Math.max(most, ports.isEmpty() ? 1 : PortList.lengthFor(ports.lastKey()));
  }

  /** The same under the next serial number. */
  BridgeState counted() {
    return new BridgeState(
        serial == Integer.MAX_VALUE ? 0 : serial + 1, numbers, ports, rows, names);
  }

  /** The rows of the names that we give and that nobody is in any more. */
  SortedSet<Integer> abandoned() {
    return unused((vlan, row) ->
        row.name().equals(names.of(vlan)) || row.name().equals(VlanNames.NUMBERS.of(vlan)));
  }

  /** The rows of any name of ours that nobody is in any more. */
  SortedSet<Integer> unused(Set<Integer> some) {
    return unused((vlan, row) -> some.contains(vlan) && VlanNames.isOurs(row.name()));
  }

  private SortedSet<Integer> unused(BiPredicate<Integer, VlanRow> ours) {
    SortedSet<Integer> unused = new TreeSet<>();
    rows.forEach((vlan, row) -> {
      boolean used = ports.values().stream().anyMatch(port -> port.pvid() == vlan);
      if (ours.test(vlan, row) && row.isEmpty() && !used) {
        unused.add(vlan);
      }
    });
    return unused;
  }

  /** The same without some rows. */
  BridgeState dropped(List<Integer> vlans) {
    SortedMap<Integer, VlanRow> left = new TreeMap<>(rows);
    left.keySet().removeAll(vlans);
    return new BridgeState(serial, numbers, ports, left, names);
  }

  // ---- on the wire ----

  /** Without which nothing is set. */
  VariableBinding lock() {
    return new VariableBinding(Mib.SET_SERIAL_NO, new Integer32(serial));
  }

  /** What makes this into that: rows before the ports whose PVIDs need them. */
  List<VariableBinding> towards(BridgeState goal) {
    List<VariableBinding> set = new ArrayList<>(List.of(lock()));
    goal.rows.forEach((vlan, row) -> addRow(set, vlan, row));
    goal.ports.forEach((number, port) -> addPort(set, number, port));
    return set;
  }

  private void addRow(List<VariableBinding> set, int vlan, VlanRow row) {
    VlanRow now = rows.get(vlan);
    if (now == null) {
      set.add(integer(Mib.VLAN_ROW_STATUS, vlan, Mib.CREATE_AND_GO));
      set.add(
          new VariableBinding(
              Mib.at(Mib.VLAN_NAME, vlan),
              new OctetString(row.name().getBytes(StandardCharsets.UTF_8))));
    }
    if (now == null || !now.egress().equals(row.egress())) {
      set.add(list(Mib.at(Mib.VLAN_EGRESS, vlan), row.egress()));
    }
    if (now == null || !now.untagged().equals(row.untagged())) {
      set.add(list(Mib.at(Mib.VLAN_UNTAGGED, vlan), row.untagged()));
    }
  }

  private void addPort(List<VariableBinding> set, int number, PortVlan port) {
    PortVlan now = requireNonNull(ports.get(number));
    if (now.pvid() != port.pvid()) {
      set.add(new VariableBinding(Mib.at(Mib.PVID, number), new Gauge32(port.pvid())));
    }
    if (now.frameTypes() != port.frameTypes()) {
      set.add(integer(Mib.FRAME_TYPES, number, port.frameTypes()));
    }
    if (now.ingressFiltering() != port.ingressFiltering()) {
      set.add(integer(Mib.INGRESS_FILTERING, number, port.ingressFiltering()));
    }
  }

  /** What unmakes rows. */
  List<VariableBinding> without(List<Integer> vlans) {
    List<VariableBinding> set = new ArrayList<>(List.of(lock()));
    vlans.forEach(vlan -> set.add(integer(Mib.VLAN_ROW_STATUS, vlan, Mib.DESTROY)));
    return set;
  }

  private static VariableBinding integer(OID column, int index, int value) {
    return new VariableBinding(Mib.at(column, index), new Integer32(value));
  }

  private static VariableBinding list(OID at, PortList ports) {
    return new VariableBinding(at, new OctetString(ports.octets()));
  }
}
