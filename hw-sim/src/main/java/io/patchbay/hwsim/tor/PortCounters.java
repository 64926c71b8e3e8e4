package io.patchbay.hwsim.tor;

import java.util.Map;

/**
 * What a port counted since the switch started, as of one moment.
 *
 * @param vlans by VLAN; a frame dropped before it had a VLAN counts under its tag's id, an untagged
 *     one under 0
 */
public record PortCounters(Map<Integer, OfVlan> vlans) {
  private static final OfVlan NONE = new OfVlan(0, 0, Map.of());

  /**
   * One VLAN's counters in frames.
   *
   * @param received frames that came in by this port and were in the VLAN, forwarded or not
   * @param sent frames that left by this port
   * @param drops frames that came in by this port and went nowhere, and those that did not leave by
   *     it for its egress ACL or its output policer
   */
  public record OfVlan(long received, long sent, Map<DropReason, Long> drops) {
    public OfVlan {
      drops = Map.copyOf(drops);
    }

    /** All frames dropped, whatever the reason. */
    public long dropped() {
      return drops.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  public PortCounters {
    vlans = Map.copyOf(vlans);
  }

  /** One VLAN's counters, zero if nothing was seen of it. */
  public OfVlan vlan(int vlan) {
    return vlans.getOrDefault(vlan, NONE);
  }

  /** All frames dropped for one reason. */
  public long dropped(DropReason reason) {
    return vlans.values().stream().mapToLong(v -> v.drops().getOrDefault(reason, 0L)).sum();
  }

  /** All frames dropped. */
  public long dropped() {
    return vlans.values().stream().mapToLong(OfVlan::dropped).sum();
  }
}
