package io.patchbay.torshims;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A network instance as a switch tells of it, as far as the shim makes it: what others have added
 * to it besides is not read. A value.
 *
 * @param type an identity; a prefix or module before it does not count, as in all below
 * @param enabled false only where the switch says so
 * @param vlans that it lists
 */
public record EvpnReading(
    String name,
    String type,
    boolean enabled,
    Map<Integer, VlanTable.Entry> vlans,
    List<Segment> segments) {
  private static final String ROUTE_TARGET = "route-target:";

  /**
   * One EVPN instance of it.
   *
   * @param vni empty where it has none
   */
  public record Segment(
      String evi,
      String encapsulation,
      String service,
      Set<String> imports,
      Set<String> exports,
      String vni) {
    public Segment {
      imports = Set.copyOf(imports);
      exports = Set.copyOf(exports);
    }
  }

  public EvpnReading {
    vlans = Map.copyOf(vlans);
    segments = List.copyOf(segments);
  }

  /** What the frames of its EVPN instances are told apart by, whoever has made these. */
  Set<Integer> vnis() {
    return segments.stream()
        .map(Segment::vni)
        .filter(vni -> vni.matches("[0-9]{1,8}"))
        .map(Integer::valueOf)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Those of several network instances, and their names. */
  public static SortedMap<Integer, String> vnis(Collection<EvpnReading> readings) {
    SortedMap<Integer, String> vnis = new TreeMap<>();
    readings.forEach(reading -> reading.vnis().forEach(vni -> vnis.put(vni, reading.name())));
    return vnis;
  }

  /** Whether it is just as the shim makes it. */
  boolean is(EvpnInstance wanted) {
    return name.equals(wanted.name())
        && plain(type).equals("L2VSI")
        && enabled
        && vlans.equals(Map.of(wanted.vlan(), new VlanTable.Entry(wanted.name(), true)))
        && segments.size() == 1
        && is(segments.getFirst(), wanted);
  }

  private static boolean is(Segment segment, EvpnInstance wanted) {
    return segment.evi().equals(wanted.evi())
        && plain(segment.encapsulation()).equals("VXLAN")
        && plain(segment.service()).equals("VLAN_BASED")
        && is(segment.imports(), wanted.routeTarget())
        && is(segment.exports(), wanted.routeTarget())
        && segment.vni().equals(String.valueOf(wanted.vni()));
  }

  /** A switch may write a route target with its kind before it. */
  private static boolean is(Set<String> targets, String wanted) {
    return targets.equals(Set.of(wanted)) || targets.equals(Set.of(ROUTE_TARGET + wanted));
  }

  private static String plain(String identity) {
    return identity.substring(identity.indexOf(':') + 1);
  }
}
