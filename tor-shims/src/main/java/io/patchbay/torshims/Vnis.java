package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import io.patchbay.torshims.VlanNames.Holder;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which VXLAN network identifier (VNI) is which network instance's, and so which service's: two
 * with one VNI are one segment. It stays reserved after the file has come to say otherwise, until
 * each switch that has had segments has shown that it has none of that VNI. Safe for all threads,
 * and whoever only looks waits for nobody.
 */
final class Vnis {
  private static final String KEY = "vni/";
  private static final Logger log = LoggerFactory.getLogger(Vnis.class);

  private final DurableMap journal;

  /** The instances' names by VNI. Never changed, but replaced by whoever has the lock. */
  private volatile Map<Integer, String> holders;

  /** What switches have told since this process goes by its files, by their names. */
  private final Map<String, Map<Integer, String>> told = new ConcurrentHashMap<>();

  /** Takes up what the journal knows. */
  Vnis(DurableMap journal) {
    this.journal = journal;
    Map<Integer, String> known = new TreeMap<>();
    journal
        .entries()
        .forEach((key, instance) -> {
          if (isIts(key)) {
            known.put(Integer.valueOf(key.substring(KEY.length())), instance);
          }
        });
    this.holders = Collections.unmodifiableMap(known);
  }

  /** Whether a key is of what this class keeps. */
  static boolean isIts(String key) {
    return key.startsWith(KEY);
  }

  /** For whom a segment's VNI is reserved. */
  Holder holder(EvpnInstance segment) {
    String holder = holders.get(segment.vni());
    if (holder == null) {
      return Holder.NOBODY;
    }
    return holder.equals(segment.name()) ? Holder.ITSELF : Holder.ANOTHER;
  }

  /** Why a segment cannot have its VNI; empty where it can. */
  Optional<String> objection(EvpnInstance segment) {
    String holder = holders.getOrDefault(segment.vni(), segment.name());
    if (holder.equals(segment.name())) {
      return Optional.empty();
    }
    Set<String> having = new TreeSet<>();
    Set<String> silent = new TreeSet<>();
    Set<String> mute = new TreeSet<>();
    for (String switchName : EvpnServices.switches(journal)) {
      Map<Integer, String> there = told.get(switchName);
      if (there == null) {
        (EvpnServices.isMute(switchName, journal) ? mute : silent).add(switchName);
      } else if (there.containsKey(segment.vni())) {
        having.add(switchName);
      }
    }
    return Optional.of(
        "VNI %d of network-instance %s is still reserved for network-instance %s%s%s%s; wait until that is gone from all switches, or choose another evpn.vniBase"
            .formatted(
                segment.vni(),
                segment.name(),
                holder,
                having.isEmpty() ? "" : ", which is on switches " + having,
                silent.isEmpty() ? "" : ", and switches " + silent + " have not told whether",
                mute.isEmpty()
                    ? ""
                    : ", and switches "
                        + mute
                        + " can never tell, for the switches file has no networkInstance for them:"
                        + " give them one, or let nothing on them be owned, and start the shim"
                        + " anew"));
  }

  /**
   * Reserves the VNIs of segments; durable when it returns. Throws {@link Failure} of kind CONFLICT
   * where one is another's.
   */
  synchronized void reserve(Collection<EvpnInstance> segments) {
    Map<Integer, String> fresh = new TreeMap<>();
    for (EvpnInstance segment : segments) {
      objection(segment)
          .ifPresent(why -> {
            throw new Failure(Failure.Kind.CONFLICT, why);
          });
      fresh.put(segment.vni(), segment.name());
    }
    keep(fresh);
  }

  @GuardedBy("this")
  private void keep(Map<Integer, String> more) {
    Map<Integer, String> fresh = new TreeMap<>(more);
    fresh.keySet().removeAll(holders.keySet());
    if (fresh.isEmpty()) {
      return;
    }
    Map<String, String> entries = new TreeMap<>();
    fresh.forEach((vni, instance) -> entries.put(KEY + vni, instance));
    journal.putAll(entries);
    fresh.putAll(holders);
    holders = Collections.unmodifiableMap(fresh);
  }

  /**
   * Whether a switch is to be asked for its VNIs: once, and for as long as some are reserved that
   * nobody is to have any more.
   *
   * @param wanted the segments that services of the file have
   */
  boolean asks(String switchName, Collection<EvpnInstance> wanted) {
    return EvpnServices.isMarked(switchName, journal)
        && (!told.containsKey(switchName) || !former(wanted).isEmpty());
  }

  /**
   * A switch has told its VNIs, and which network instances of the shim's naming have them. Those
   * that nobody knew are reserved from now on; one that nobody is to have, and no switch has, is
   * free.
   *
   * @param wanted the segments that services of the file have
   */
  synchronized void hear(
      String switchName, Map<Integer, String> there, Collection<EvpnInstance> wanted) {
    told.put(switchName, Map.copyOf(there));
    there.forEach((vni, instance) -> {
      String holder = holders.getOrDefault(vni, instance);
      if (!holder.equals(instance)) {
        log.error(
            "{}: network-instance {} has VNI {}, which is reserved for network-instance {}: they"
                + " are one segment until one of them gets another",
            switchName,
            instance,
            vni,
            holder);
      }
    });
    keep(there);
    Set<Integer> free = former(wanted);
    for (String each : EvpnServices.switches(journal)) {
      Map<Integer, String> known = told.get(each);
      if (known == null) {
        return;
      }
      free.removeAll(known.keySet());
    }
    release(free);
  }

  /** Those reserved that no segment of these has. */
  private Set<Integer> former(Collection<EvpnInstance> wanted) {
    Map<Integer, String> former = new TreeMap<>(holders);
    wanted.forEach(segment -> former.remove(segment.vni(), segment.name()));
    return new TreeSet<>(former.keySet());
  }

  @GuardedBy("this")
  private void release(Set<Integer> free) {
    if (free.isEmpty()) {
      return;
    }
    log.info("VNIs {} are gone from all switches, and free", free);
    Map<Integer, String> fewer = new TreeMap<>(holders);
    fewer.keySet().removeAll(free);
    holders = Collections.unmodifiableMap(fewer); // first: if they stay written down, they are kept
    journal.removeAll(free.stream().map(vni -> KEY + vni).toList());
  }
}
