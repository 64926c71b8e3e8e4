package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.util.Collections;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a switch port does with VLANs. Values; VLAN ids are 1..4094 (IEEE 802.1Q). */
public sealed interface PortConfig {
  /** Untagged frames belong to one VLAN; tagged frames are dropped. */
  record Access(int vlan) implements PortConfig {
    public Access {
      checkVlan(vlan);
    }

    @Override
    public String toString() {
      return "access VLAN " + vlan;
    }
  }

  /**
   * Tagged frames of the listed VLANs pass; untagged ones are dropped unless there is a native
   * VLAN. Never empty: in OpenConfig a trunk that lists nothing carries every VLAN.
   */
  record Trunk(SortedSet<Integer> vlans, OptionalInt nativeVlan) implements PortConfig {
    public Trunk {
      if (vlans.isEmpty()) {
        throw new IllegalArgumentException("a trunk that lists no VLAN would carry all of them");
      }
      vlans.forEach(PortConfig::checkVlan);
      nativeVlan.ifPresent(PortConfig::checkVlan);
      vlans = Collections.unmodifiableSortedSet(new TreeSet<>(vlans));
    }

    @Override
    public String toString() {
      return vlans.stream()
              .map(String::valueOf)
              .collect(Collectors.joining(",", "trunk VLANs ", ""))
          + (nativeVlan.isPresent() ? " native " + nativeVlan.getAsInt() : "");
    }
  }

  /**
   * Exactly what a driver found, in the driver's own words: only for giving back to that driver, so
   * that a port can be put back as it was whatever it was.
   */
  record Raw(String text) implements PortConfig {
    public Raw {
      Objects.requireNonNull(text);
    }

    @Override
    public String toString() {
      return "as it was (" + text + ")";
    }
  }

  /** Throws {@link Failure} of kind INVALID for a number that is no VLAN id. */
  static int checkVlan(int vlan) {
    if (vlan < 1 || vlan > 4094) {
      throw new Failure(Failure.Kind.INVALID, "VLAN " + vlan + " is not in 1..4094");
    }
    return vlan;
  }
}
