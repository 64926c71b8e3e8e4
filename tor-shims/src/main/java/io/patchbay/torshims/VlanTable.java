package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Trunk;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The VLANs that a switch has been told of, by their ids. A value. */
public record VlanTable(SortedMap<Integer, Entry> vlans) {
  /** A switch that has been told of none. */
  public static final VlanTable EMPTY = new VlanTable(new TreeMap<>());

  /**
   * One of them.
   *
   * @param name empty where it has none
   * @param active whether its frames are forwarded
   */
  public record Entry(String name, boolean active) {}

  public VlanTable {
    vlans = Collections.unmodifiableSortedMap(new TreeMap<>(vlans));
  }

  /**
   * What has to be written so that ports can carry what they should: those that are not there, and
   * those of the shim that are not as it makes them. What somebody else has made is as good. Throws
   * {@link Failure} of kind CONFLICT where somebody else has made one that forwards nothing.
   *
   * @param wanted of which only what the shim itself thinks out counts: what is put back was there
   *     before
   * @return their names
   */
  public SortedMap<Integer, String> lacking(Collection<PortConfig> wanted, VlanNames names) {
    SortedMap<Integer, String> lacking = new TreeMap<>();
    for (PortConfig config : wanted) {
      for (int vlan : needed(config)) {
        Entry there = vlans.get(vlan);
        String name = names.of(vlan);
        if (there == null || (VlanNames.isOurs(there.name()) && !there.equals(made(name)))) {
          lacking.put(vlan, name);
        } else if (!there.active()) {
          throw new Failure(
              Failure.Kind.CONFLICT,
              "VLAN %d is suspended there, under the name '%s', and not by the shim; activate it"
                  .formatted(vlan, there.name()));
        }
      }
    }
    return lacking;
  }

  /** The VLANs that a port needs that is configured so; none where that is put back. */
  public static SortedSet<Integer> needed(PortConfig config) {
    return config instanceof Trunk trunk ? trunk.vlans() : new TreeSet<>();
  }

  /** The ports that lack one. Throws as {@link #lacking} does. */
  public Map<String, PortConfig> without(Map<String, PortConfig> wanted, VlanNames names) {
    Map<String, PortConfig> without = new TreeMap<>(wanted);
    without.values().removeIf(config -> lacking(List.of(config), names).isEmpty());
    return without;
  }

  private static Entry made(String name) {
    return new Entry(name, true);
  }

  /** The VLANs of the shim's making, and their names. */
  public SortedMap<Integer, String> ours() {
    SortedMap<Integer, String> ours = new TreeMap<>();
    vlans.forEach((vlan, entry) -> {
      if (VlanNames.isOurs(entry.name())) {
        ours.put(vlan, entry.name());
      }
    });
    return ours;
  }
}
