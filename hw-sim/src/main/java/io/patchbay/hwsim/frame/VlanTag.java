package io.patchbay.hwsim.frame;

/**
 * The 802.1Q tag of a frame.
 *
 * @param id the VLAN, 0 to 4095; 0 means priority only, no VLAN (IEEE 802.1Q table 9-2)
 * @param priority the priority code point, 0 to 7
 */
public record VlanTag(int id, int priority) {
  /** The highest VLAN that may be used; 4095 is reserved (IEEE 802.1Q table 9-2). */
  public static final int ID_MAX = 4094;

  public VlanTag {
    if (id < 0 || id > 4095 || priority < 0 || priority > 7) {
      throw new IllegalArgumentException("no 802.1Q tag: id " + id + ", priority " + priority);
    }
  }

  /** A tag of priority 0. */
  public static VlanTag of(int id) {
    return new VlanTag(id, 0);
  }
}
