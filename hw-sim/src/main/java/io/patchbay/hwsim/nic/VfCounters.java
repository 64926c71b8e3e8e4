package io.patchbay.hwsim.nic;

import java.util.Map;

/**
 * What went through a VF since its PF came up, seen from the VF.
 *
 * @param received frames delivered to its netdev
 * @param sent frames it sent that were let through
 * @param drops frames that were not, by reason; a reason without drops may be absent
 */
public record VfCounters(Count received, Count sent, Map<Drop, Long> drops) {
  public VfCounters {
    drops = Map.copyOf(drops);
  }

  /** Frames and their octets, without tags. */
  public record Count(long frames, long octets) {}

  /** Why a frame went no further. */
  public enum Drop {
    /** It came from an address that is not the VF's. */
    SPOOFED,
    /** The VF tagged it although its VLAN is set by the PF. */
    TAGGED,
    /** The VF's link state is DISABLE. */
    LINK_DISABLED,
    /** It was for the VF, but its netdev is absent, down or full. */
    NOT_TAKEN
  }

  /** How many were dropped for this reason. */
  public long dropped(Drop reason) {
    return drops.getOrDefault(reason, 0L);
  }
}
