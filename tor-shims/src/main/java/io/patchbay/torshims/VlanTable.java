package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Trunk;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
   * those of the shim that are not as it makes them. What somebody else has made is as good.
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
        }
      }
    }
    return lacking;
  }

  /**
   * Throws {@link Failure} of kind CONFLICT where a port is to gain a VLAN that somebody else has
   * suspended. One that a port has already keeps nothing else from being changed there.
   *
   * @param now what the ports are
   */
  public void requireActive(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    wanted.forEach((port, config) -> {
      PortReading reading = now.get(port);
      SortedSet<Integer> gained = new TreeSet<>(needed(config));
      gained.removeAll(reading == null ? Set.of() : needed(reading.meaning()));
      for (int vlan : gained) {
        Entry there = vlans.get(vlan);
        if (there != null && !there.active() && !VlanNames.isOurs(there.name())) {
          throw new Failure(
              Failure.Kind.CONFLICT,
              "VLAN %d is suspended there, under the name '%s', and not by the shim; activate it"
                  .formatted(vlan, there.name()));
        }
      }
    });
  }

  /** The VLANs that a port needs that is configured so; none where that is put back. */
  public static SortedSet<Integer> needed(PortConfig config) {
    return config instanceof Trunk trunk ? trunk.vlans() : new TreeSet<>();
  }

  /** The ports that lack one. */
  public Map<String, PortConfig> without(Map<String, PortConfig> wanted, VlanNames names) {
    Map<String, PortConfig> without = new TreeMap<>(wanted);
    without.values().removeIf(config -> lacking(List.of(config), names).isEmpty());
    return without;
  }

  private static Entry made(String name) {
    return new Entry(name, true);
  }

  /** Those of these VLANs that are there. */
  public VlanTable among(Collection<Integer> some) {
    SortedMap<Integer, Entry> among = new TreeMap<>(vlans);
    among.keySet().retainAll(Set.copyOf(some));
    return new VlanTable(among);
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
