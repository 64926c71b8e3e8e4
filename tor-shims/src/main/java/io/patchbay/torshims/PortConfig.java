package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one {@link PortItem} of a switch port is: what the port does with VLANs, what one leaf of
 * its configuration says, or which ACL is bound to it. Values; VLAN ids are 1..4094 (IEEE 802.1Q).
 */
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

  /** What a leaf says, in the words of the switch's model: of an item that is not VLANs. */
  record Leaf(String value) implements PortConfig {
    /** How a driver writes down that there was no such leaf. */
    private static final String ABSENT = "none";

    /** And before what it said, so that no value is taken for that. */
    private static final String PRESENT = "=";

    public Leaf {
      Objects.requireNonNull(value);
    }

    /** What a driver reads; empty where there is no such leaf. */
    public static PortReading reading(Optional<String> value) {
      Raw raw = new Raw(value.map(said -> PRESENT + said).orElse(ABSENT));
      return new PortReading(raw, value.<PortConfig>map(Leaf::new).orElse(raw));
    }

    /**
     * What a driver is to write; empty where there is to be no such leaf. Throws {@link Failure} of
     * kind INVALID for what is no leaf's.
     */
    public static Optional<String> written(PortConfig config) {
      if (config instanceof Leaf(String value)) {
        return Optional.of(value);
      }
      if (config instanceof Raw(String text) && text.startsWith(PRESENT)) {
        return Optional.of(text.substring(PRESENT.length()));
      }
      if (config.equals(new Raw(ABSENT))) {
        return Optional.empty();
      }
      throw new Failure(Failure.Kind.INVALID, "'" + config + "' is nothing that a leaf can say");
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /**
   * One ACL, and no other, is bound in the direction of the item.
   *
   * @param name as the switch has it
   * @param type the name of OpenConfig's identity, {@code ACL_IPV4} for example
   */
  record AclSet(String name, String type) implements PortConfig {
    public AclSet {
      Objects.requireNonNull(name);
      Objects.requireNonNull(type);
    }

    @Override
    public String toString() {
      return name + " (" + type + ")";
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
