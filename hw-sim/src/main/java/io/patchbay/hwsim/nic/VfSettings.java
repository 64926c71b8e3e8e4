package io.patchbay.hwsim.nic;

import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfLinkState;

/**
 * What the PF has set for one VF.
 *
 * @param mac the VF's address
 * @param tag the VLAN and priority its frames get on the way out; VLAN 0 for none
 * @param spoofCheck whether frames from other addresses are dropped
 * @param linkState what the VF sees as its carrier
 * @param trust whether the VF may ask for more; kept and shown, without effect
 * @param maxRateMbit the most it may send, in Mbit/s, 0 for no limit; kept and shown, not enforced
 */
public record VfSettings(
    MacAddress mac,
    VlanTag tag,
    boolean spoofCheck,
    VfLinkState linkState,
    boolean trust,
    int maxRateMbit) {
  private static final VlanTag UNTAGGED = VlanTag.of(0);

  /** What a VF starts with: its own address, spoof check on, the rest off (as igb and ice do). */
  static VfSettings initial(MacAddress mac) {
    return new VfSettings(mac, UNTAGGED, true, VfLinkState.AUTO, false, 0);
  }

  /** The VLAN, 0 for none. */
  public int vlan() {
    return tag.id();
  }

  VfSettings withMac(MacAddress newMac) {
    return new VfSettings(newMac, tag, spoofCheck, linkState, trust, maxRateMbit);
  }

  VfSettings withTag(VlanTag newTag) {
    return new VfSettings(mac, newTag, spoofCheck, linkState, trust, maxRateMbit);
  }

  VfSettings withSpoofCheck(boolean on) {
    return new VfSettings(mac, tag, on, linkState, trust, maxRateMbit);
  }

  VfSettings withLinkState(VfLinkState state) {
    return new VfSettings(mac, tag, spoofCheck, state, trust, maxRateMbit);
  }

  VfSettings withTrust(boolean on) {
    return new VfSettings(mac, tag, spoofCheck, linkState, on, maxRateMbit);
  }

  VfSettings withMaxRateMbit(int mbit) {
    return new VfSettings(mac, tag, spoofCheck, linkState, trust, mbit);
  }
}
