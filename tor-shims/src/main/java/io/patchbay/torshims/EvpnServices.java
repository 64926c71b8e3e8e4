package io.patchbay.torshims;

import io.patchbay.base.DurableMap;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which services are segments of the fabric's EVPN at one switch. Immutable.
 *
 * @param segments those that are, by their names
 * @param others those that may have been, and have left a network instance there
 */
public record EvpnServices(Map<String, Evpn> segments, Set<String> others) {
  /** None: the switch is not asked for network instances. */
  public static final EvpnServices NONE = new EvpnServices(Map.of(), Set.of());

  /** Stands before the name of each switch that may have segments, beside what is reserved. */
  private static final String KEY = "evpn/";

  private static final String ASKED = "asked for segments";
  private static final String MUTE = "cannot be asked";

  public EvpnServices {
    segments = Map.copyOf(segments);
    others = Set.copyOf(others);
  }

  /**
   * The same, or none at a switch that has had no segment so far: one that knows nothing of network
   * instances need not be asked for them. What services have left is looked for ever after.
   *
   * @param kept where it is kept which switches have had any
   */
  EvpnServices where(String switchName, DurableMap kept) {
    boolean had = isMarked(switchName, kept);
    if (!had && !segments.isEmpty()) {
      kept.put(KEY + switchName, ASKED);
    }
    return had || !segments.isEmpty() ? this : NONE;
  }

  /** Whether a key says that a switch may have segments. */
  static boolean isIts(String key) {
    return key.startsWith(KEY);
  }

  /** Whether it is kept that a switch may have segments. */
  static boolean isMarked(String switchName, DurableMap kept) {
    return kept.entries().containsKey(KEY + switchName);
  }

  /** The switches that may have segments. */
  static Set<String> switches(DurableMap kept) {
    Set<String> switches = new TreeSet<>();
    kept.entries().keySet().stream()
        .filter(EvpnServices::isIts)
        .forEach(key -> switches.add(key.substring(KEY.length())));
    return switches;
  }

  /**
   * Forgets of switches that cannot be asked any more, and have nothing of ours, that they may have
   * segments. Of those that have something it is kept that they cannot tell.
   *
   * @param able the switches of the file that can have network instances
   */
  static void keepMarks(DurableMap kept, Set<String> able) {
    Map<String, String> marks = new TreeMap<>();
    Set<String> forgotten = new TreeSet<>();
    for (String name : switches(kept)) {
      if (able.contains(name)) {
        marks.put(KEY + name, ASKED);
      } else if (FormerPorts.ownsAny(name, kept)) {
        marks.put(KEY + name, MUTE);
      } else {
        forgotten.add(KEY + name);
      }
    }
    marks.entrySet().removeAll(kept.entries().entrySet());
    if (!marks.isEmpty()) {
      kept.putAll(marks);
    }
    kept.removeAll(forgotten);
  }

  /** Whether a switch may have segments, and by the file that was read last cannot tell. */
  static boolean isMute(String switchName, DurableMap kept) {
    return MUTE.equals(kept.entries().get(KEY + switchName));
  }

  /** The segment of a service that has a VLAN; empty where it is none. */
  Optional<EvpnInstance> instance(String service, int vlan) {
    return Optional.ofNullable(segments.get(service)).map(evpn -> evpn.instance(service, vlan));
  }

  /** The names of all network instances that may be the shim's. */
  Set<String> instances() {
    return tags(segments.keySet(), others);
  }

  private static Set<String> tags(Collection<String> some, Collection<String> more) {
    Set<String> tags = new TreeSet<>();
    some.forEach(service -> tags.add(VlanNames.tag(service)));
    more.forEach(service -> tags.add(VlanNames.tag(service)));
    return tags;
  }
}
