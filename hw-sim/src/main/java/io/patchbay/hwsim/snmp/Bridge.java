package io.patchbay.hwsim.snmp;

import io.patchbay.hwsim.netconf.Data;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What Q-BRIDGE-MIB tells of a switch at one moment. Immutable.
 *
 * @param rows the names of the VLANs that have a row: the first, those of the database, and those
 *     that a port is in
 * @param ports each by its name
 * @param forbidden the ports that may not be in a VLAN
 */
record Bridge(
    SortedMap<Integer, String> rows,
    SortedMap<String, BridgePort> ports,
    Map<Integer, Set<String>> forbidden) {
  /**
   * What a switch keeps that its configuration has no words for, for as long as it is on.
   *
   * @param written what each port was last set to: it counts where it comes to what is configured
   * @param forbidden the ports that may not be in a VLAN
   * @param rows the VLANs that are in no database and that a port was in: that the last one has
   *     left it unmakes no VLAN
   */
  record Kept(
      Map<String, BridgePort> written, Map<Integer, Set<String>> forbidden, Set<Integer> rows) {
    static final Kept NOTHING = new Kept(Map.of(), Map.of(), Set.of());
  }

  /** What a configuration comes to. */
  static Bridge of(Data running, PortMap numbers, Kept kept) {
    SortedMap<String, BridgePort> ports = new TreeMap<>();
    SortedMap<Integer, String> rows = new TreeMap<>(BridgeTree.vlans(running));
    rows.putIfAbsent(BridgePort.DEFAULT_VLAN, "");
    kept.rows().forEach(vlan -> rows.putIfAbsent(vlan, ""));
    for (String name : numbers.names()) {
      Optional<Data> config = BridgeTree.switched(running, name);
      BridgePort port =
          Optional.ofNullable(kept.written().get(name))
              .filter(last -> last.config(BridgeTree.switchedSchema(running)).equals(config))
              .orElseGet(() -> BridgePort.of(config));
      ports.put(name, port);
      port.egress().forEach(vlan -> rows.putIfAbsent(vlan, ""));
    }
    return new Bridge(rows, ports, kept.forbidden());
  }

  /** What of it the configuration does not tell. */
  Kept kept(Data running) {
    Set<Integer> implied = new TreeSet<>(rows.keySet());
    implied.removeAll(BridgeTree.vlans(running).keySet());
    return new Kept(Map.copyOf(ports), Map.copyOf(forbidden), implied);
  }

  Set<String> egress(int vlan) {
    return names(ports.entrySet().stream().filter(port -> port.getValue().egress().contains(vlan)));
  }

  Set<String> untagged(int vlan) {
    return names(
        ports.entrySet().stream().filter(port -> port.getValue().untagged().contains(vlan)));
  }

  /** With those that carry whatever there is. */
  Set<String> current(int vlan) {
    return names(
        ports.entrySet().stream()
            .filter(
                port -> port.getValue().egress().contains(vlan) || !port.getValue().filtering()));
  }

  Set<String> forbidden(int vlan) {
    return forbidden.getOrDefault(vlan, Set.of());
  }

  private static Set<String> names(Stream<Map.Entry<String, BridgePort>> ports) {
    return ports.map(Map.Entry::getKey).collect(Collectors.toCollection(TreeSet::new));
  }
}
