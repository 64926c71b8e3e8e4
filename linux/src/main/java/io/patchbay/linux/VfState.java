package io.patchbay.linux;

import java.util.Set;

/**
 * How a NIC is set for one of its virtual functions.
 *
 * @param number counted by the NIC from 0; {@code virtfn<number>} in sysfs
 * @param mac all zeros while nobody has set one
 */
public record VfState(
    int number,
    MacAddress mac,
    VfVlan vlan,
    VfRates rates,
    VfLinkState linkState,
    Set<VfFlag> flags) {
  /** What is on or off. */
  public enum VfFlag {
    /** Frames with a foreign source address are dropped. */
    SPOOF_CHECK,
    /** The function may change its address and receive what is not addressed to it. */
    TRUST
  }

  public VfState {
    flags = Set.copyOf(flags);
  }

  /** Whether frames with a foreign source address are dropped. */
  public boolean spoofCheck() {
    return flags.contains(VfFlag.SPOOF_CHECK);
  }

  /** Whether the function may act for others. */
  public boolean trust() {
    return flags.contains(VfFlag.TRUST);
  }
}
