package io.patchbay.hwsim.snmp;

import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.Schema;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One port as Q-BRIDGE-MIB has it (RFC 4363), and what OpenConfig's {@code switched-vlan/config}
 * that comes to. A trunk that lists no VLANs carries all there are: here it is a port that filters
 * nothing and that no VLAN lists, as one that is registered dynamically. Immutable. Pure.
 *
 * @param pvid the VLAN of untagged frames
 * @param taggedOnly whether untagged frames are dropped
 * @param filtering whether frames of VLANs that do not list the port are dropped
 * @param egress the VLANs that list it
 * @param untagged those of them whose frames leave without a tag
 */
record BridgePort(
    int pvid,
    boolean taggedOnly,
    boolean filtering,
    SortedSet<Integer> egress,
    SortedSet<Integer> untagged) {
  /** The one that is always there. */
  static final int DEFAULT_VLAN = 1;

  BridgePort {
    egress = Collections.unmodifiableSortedSet(new TreeSet<>(egress));
    untagged = Collections.unmodifiableSortedSet(new TreeSet<>(untagged));
  }

  /** What is configured; empty for a port that nobody has given a VLAN. */
  static BridgePort of(Optional<Data> config) {
    SortedSet<Integer> untagged = new TreeSet<>();
    String mode = config.flatMap(data -> data.leaf("interface-mode")).orElse("");
    if (mode.equals("ACCESS")) {
      config
          .flatMap(data -> data.leaf("access-vlan"))
          .map(Integer::valueOf)
          .ifPresent(untagged::add);
      return new BridgePort(first(untagged), untagged.isEmpty(), true, untagged, untagged);
    }
    if (!mode.equals("TRUNK")) {
      return new BridgePort(DEFAULT_VLAN, false, true, untagged, untagged);
    }
    config.flatMap(data -> data.leaf("native-vlan")).map(Integer::valueOf).ifPresent(untagged::add);
    SortedSet<Integer> egress = new TreeSet<>();
    config.stream()
        .flatMap(data -> data.all("trunk-vlans"))
        .forEach(range -> add(egress, range.value()));
    boolean listed = !egress.isEmpty();
    egress.addAll(untagged);
    return new BridgePort(first(untagged), untagged.isEmpty(), listed, egress, untagged);
  }

  private static int first(SortedSet<Integer> untagged) {
    return untagged.isEmpty() ? DEFAULT_VLAN : untagged.first();
  }

  private static void add(SortedSet<Integer> vlans, String range) {
    String[] ends = range.split("\\.\\.");
    for (int vlan = Integer.parseInt(ends[0]);
        vlan <= Integer.parseInt(ends[ends.length - 1]);
        vlan++) {
      vlans.add(vlan);
    }
  }

  /**
   * As OpenConfig has it; empty for none. Throws {@link IllegalArgumentException} where that has no
   * words for it.
   *
   * @param schema of the result
   */
  Optional<Data> config(Schema schema) {
    check(
        egress.containsAll(untagged), "a port that a VLAN does not list cannot leave it untagged");
    check(untagged.size() <= 1, "frames of one VLAN at most can leave a port untagged");
    boolean drops = taggedOnly || (filtering && !egress.contains(pvid));
    check(
        untagged.isEmpty() ? drops : !taggedOnly && untagged.contains(pvid),
        "untagged frames must come and go in one VLAN, or not at all");
    SortedSet<Integer> tagged = new TreeSet<>(egress);
    tagged.removeAll(untagged);
    if (filtering && tagged.isEmpty()) {
      return untagged.isEmpty() && !taggedOnly ? Optional.empty() : Optional.of(access(schema));
    }
    Data config = Data.empty(schema).with("interface-mode", "TRUNK");
    if (!untagged.isEmpty()) {
      config = config.with("native-vlan", untagged.first().toString());
    }
    for (String range : ranges(tagged)) {
      config = config.with("trunk-vlans", range);
    }
    return Optional.of(config);
  }

  private Data access(Schema schema) {
    Data config = Data.empty(schema).with("interface-mode", "ACCESS");
    return untagged.isEmpty() ? config : config.with("access-vlan", untagged.first().toString());
  }

  private static List<String> ranges(SortedSet<Integer> vlans) {
    List<String> ranges = new ArrayList<>();
    for (int low : vlans) {
      if (!vlans.contains(low - 1)) {
        int high = low;
        while (vlans.contains(high + 1)) {
          high++;
        }
        ranges.add(low == high ? Integer.toString(low) : low + ".." + high);
      }
    }
    return ranges;
  }

  private static void check(boolean sound, String otherwise) {
    if (!sound) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  BridgePort withPvid(int vlan) {
    return new BridgePort(vlan, taggedOnly, filtering, egress, untagged);
  }

  BridgePort withTaggedOnly(boolean only) {
    return new BridgePort(pvid, only, filtering, egress, untagged);
  }

  BridgePort withFiltering(boolean filters) {
    return new BridgePort(pvid, taggedOnly, filters, egress, untagged);
  }

  BridgePort withEgress(int vlan, boolean listed) {
    return new BridgePort(pvid, taggedOnly, filtering, changed(egress, vlan, listed), untagged);
  }

  BridgePort withUntagged(int vlan, boolean without) {
    return new BridgePort(pvid, taggedOnly, filtering, egress, changed(untagged, vlan, without));
  }

  private static SortedSet<Integer> changed(SortedSet<Integer> set, int vlan, boolean in) {
    SortedSet<Integer> changed = new TreeSet<>(set);
    if (in) {
      changed.add(vlan);
    } else {
      changed.remove(vlan);
    }
    return changed;
  }
}
