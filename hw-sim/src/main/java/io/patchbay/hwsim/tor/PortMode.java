package io.patchbay.hwsim.tor;

import java.util.OptionalInt;

/** Which VLANs a port is in, and how their frames look on its wire. */
public sealed interface PortMode {
  /** In no VLAN at all: nothing passes. */
  record Unswitched() implements PortMode {}

  /** Untagged frames of one VLAN; tagged ones are dropped. */
  record Access(int vlan) implements PortMode {}

  /**
   * Tagged frames of the VLANs it carries, and untagged ones of its native VLAN if it has one.
   *
   * @param nativeVlan carried too, whether or not {@code carried} holds it
   */
  record Trunk(OptionalInt nativeVlan, VlanSet carried) implements PortMode {}

  /** Whether frames of a VLAN may leave by this port. */
  default boolean member(int vlan) {
    return switch (this) {
      case Unswitched _ -> false;
      case Access access -> access.vlan() == vlan;
      case Trunk trunk -> trunk.carried().contains(vlan) || trunk.untagged(vlan);
    };
  }

  /** Whether frames of a VLAN go without a tag on this port's wire. */
  default boolean untagged(int vlan) {
    return switch (this) {
      case Unswitched _ -> false;
      case Access access -> access.vlan() == vlan;
      case Trunk trunk -> trunk.nativeVlan().orElse(-1) == vlan;
    };
  }
}
