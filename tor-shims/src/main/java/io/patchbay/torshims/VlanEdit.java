package io.patchbay.torshims;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is to be written of a switch's VLANs, in one transaction. A value.
 *
 * @param made the names of VLANs to be made in the network instance that they all share
 * @param removed VLANs to be taken away from it
 * @param segments network instances of one VLAN each, made anew whatever they were
 * @param removedSegments the names of those to be taken away
 */
public record VlanEdit(
    SortedMap<Integer, String> made,
    SortedSet<Integer> removed,
    SortedMap<String, EvpnInstance> segments,
    SortedSet<String> removedSegments) {
  public VlanEdit {
    made = Collections.unmodifiableSortedMap(new TreeMap<>(made));
    removed = Collections.unmodifiableSortedSet(new TreeSet<>(removed));
    segments = Collections.unmodifiableSortedMap(new TreeMap<>(segments));
    removedSegments = Collections.unmodifiableSortedSet(new TreeSet<>(removedSegments));
  }

  /** Makes VLANs in the shared network instance. */
  public static VlanEdit making(Map<Integer, String> vlans) {
    return new VlanEdit(new TreeMap<>(vlans), new TreeSet<>(), new TreeMap<>(), new TreeSet<>());
  }

  /** Takes VLANs away from there. */
  public static VlanEdit removing(Set<Integer> vlans) {
    return new VlanEdit(new TreeMap<>(), new TreeSet<>(vlans), new TreeMap<>(), new TreeSet<>());
  }

  /** Whether there is nothing to be written. */
  public boolean isEmpty() {
    return !touchesShared() && segments.isEmpty() && removedSegments.isEmpty();
  }

  /** Whether anything of the shared network instance is to be written. */
  public boolean touchesShared() {
    return !made.isEmpty() || !removed.isEmpty();
  }

  /** The VLANs that are to be somewhere where they are not. */
  public SortedSet<Integer> vlans() {
    SortedSet<Integer> vlans = new TreeSet<>(made.keySet());
    segments.values().forEach(segment -> vlans.add(segment.vlan()));
    return vlans;
  }
}
