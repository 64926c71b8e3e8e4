package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Trunk;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The VLANs that a switch has been told of. A value.
 *
 * @param vlans those of the network instance that they all share, by their ids
 * @param instances the network instances of the shim's naming, by their names
 */
public record VlanTable(SortedMap<Integer, Entry> vlans, SortedMap<String, EvpnReading> instances) {
  /** A switch that has been told of none. */
  public static final VlanTable EMPTY = new VlanTable(new TreeMap<>(), new TreeMap<>());

  /**
   * One of them.
   *
   * @param name empty where it has none
   * @param active whether its frames are forwarded
   */
  public record Entry(String name, boolean active) {}

  public VlanTable {
    vlans = Collections.unmodifiableSortedMap(new TreeMap<>(vlans));
    instances = Collections.unmodifiableSortedMap(new TreeMap<>(instances));
  }

  /**
   * What has to be written so that ports can carry what they should: what is not there, is not as
   * the shim makes it, or is in the wrong place, for no VLAN can be in two. What somebody else has
   * made is as good.
   *
   * @param wanted of which only what the shim itself thinks out counts: what is put back was there
   *     before
   */
  public VlanEdit lacking(Collection<PortConfig> wanted, VlanNames names) {
    SortedMap<Integer, String> made = new TreeMap<>();
    SortedSet<Integer> removed = new TreeSet<>();
    SortedMap<String, EvpnInstance> segments = new TreeMap<>();
    SortedSet<String> removedSegments = new TreeSet<>();
    SortedSet<Integer> needed = new TreeSet<>();
    wanted.forEach(config -> needed.addAll(needed(config)));
    for (int vlan : needed) {
      if (isForeign(vlan) || isHeirs(vlan, names)) {
        continue;
      }
      Optional<EvpnInstance> segment =
          names.segment(vlan).or(() -> names.unreserved(vlan).filter(this::isThere));
      Entry there = vlans.get(vlan);
      if (segment.isPresent()) {
        if (!isThere(segment.get())) {
          segments.put(segment.get().name(), segment.get());
        }
        if (there != null) {
          removed.add(vlan);
        }
      } else if (!new Entry(names.of(vlan), true).equals(there)) {
        made.put(vlan, names.of(vlan));
      }
      instances.forEach((name, reading) -> {
        boolean right = segment.map(EvpnInstance::name).equals(Optional.of(name));
        if (!right && reading.vlans().keySet().equals(Set.of(vlan))) {
          removedSegments.add(name);
        }
      });
    }
    removedSegments.removeAll(segments.keySet());
    return new VlanEdit(made, removed, segments, removedSegments);
  }

  private boolean isThere(EvpnInstance segment) {
    EvpnReading reading = instances.get(segment.name());
    return reading != null && reading.is(segment);
  }

  /** Whether nobody knows yet whose a VLAN is that is in a network instance of the shim's. */
  private boolean isHeirs(int vlan, VlanNames names) {
    return names.tag(vlan).isEmpty()
        && instances.values().stream().anyMatch(reading -> reading.vlans().containsKey(vlan));
  }

  /** Whether somebody else has made a VLAN where all share one network instance. */
  private boolean isForeign(int vlan) {
    Entry there = vlans.get(vlan);
    return there != null && !VlanNames.isOurs(there.name());
  }

  /**
   * Throws {@link Failure} of kind CONFLICT where a port is to gain a VLAN that somebody else has
   * suspended, or has made where the shim does not. One that a port has already keeps nothing else
   * from being changed there.
   *
   * @param now what the ports are
   */
  public void requireFree(
      Map<String, PortConfig> wanted, Map<String, PortReading> now, VlanNames names) {
    wanted.forEach((port, config) -> {
      PortReading reading = now.get(port);
      SortedSet<Integer> gained = new TreeSet<>(needed(config));
      gained.removeAll(reading == null ? Set.of() : needed(reading.meaning()));
      for (int vlan : gained) {
        Entry there = vlans.get(vlan);
        if (there == null || !isForeign(vlan)) {
          continue;
        }
        if (!there.active()) {
          throw new Failure(
              Failure.Kind.CONFLICT,
              "VLAN %d is suspended there, under the name '%s', and not by the shim; activate it"
                  .formatted(vlan, there.name()));
        }
        names
            .segment(vlan)
            .ifPresent(segment -> {
              throw new Failure(
                  Failure.Kind.CONFLICT,
                  "VLAN %d is there already, under the name '%s', and cannot be in network-instance %s, too; take it away"
                      .formatted(vlan, there.name(), segment.name()));
            });
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

  /**
   * Those of these VLANs that are of the shim's making, and their names. A service's network
   * instance is its VLAN's, whatever somebody else has made of what is in it.
   */
  public SortedMap<Integer, String> ours(Collection<Integer> some, VlanNames names) {
    SortedMap<Integer, String> ours = new TreeMap<>();
    instances.forEach((name, reading) -> {
      for (int vlan : some) {
        if (reading.vlans().containsKey(vlan) || names.tag(vlan).filter(name::equals).isPresent()) {
          ours.put(vlan, name);
        }
      }
    });
    vlans.forEach((vlan, entry) -> {
      if (some.contains(vlan) && VlanNames.isOurs(entry.name())) {
        ours.put(vlan, entry.name());
      }
    });
    return ours;
  }

  /**
   * What takes those of these away that are of the shim's making: a network instance with the last
   * of its VLANs, or with that of the service whose name it has, and with all that is in it.
   */
  public VlanEdit removal(Collection<Integer> some, VlanNames names) {
    SortedSet<Integer> shared = new TreeSet<>(vlans.keySet());
    shared.removeIf(vlan -> !some.contains(vlan) || isForeign(vlan));
    Set<String> called =
        some.stream().map(names::tag).flatMap(Optional::stream).collect(Collectors.toSet());
    SortedSet<String> gone = new TreeSet<>();
    instances.forEach((name, reading) -> {
      Set<Integer> within = reading.vlans().keySet();
      if (called.contains(name) || (!within.isEmpty() && some.containsAll(within))) {
        gone.add(name);
      }
    });
    return new VlanEdit(new TreeMap<>(), shared, new TreeMap<>(), gone);
  }

  /** What is taken away by an edit, for whoever reads the log: also what others have added. */
  public String told(VlanEdit removal) {
    SortedMap<String, Set<Integer>> gone = new TreeMap<>();
    instances.forEach((name, reading) -> {
      if (removal.removedSegments().contains(name)) {
        gone.put(name, new TreeSet<>(reading.vlans().keySet()));
      }
    });
    return "VLANs " + removal.removed() + " and network instances, with their VLANs, " + gone;
  }
}
