package io.patchbay.linux;

import io.patchbay.base.Failure;

/**
 * The VLAN tag that a NIC puts on the frames of a virtual function; id 0 means none.
 *
 * @param id 0..4094
 * @param qos priority, 0..7
 */
public record VfVlan(int id, int qos, Protocol protocol) {
  /** Untagged. */
  public static final VfVlan NONE = new VfVlan(0, 0, Protocol.DOT1Q);

  private static final int ID_MAX = 4094;
  private static final int QOS_MAX = 7;

  /** Which tag, by its EtherType ({@code linux/if_ether.h}). */
  public enum Protocol {
    /** The usual customer tag, 802.1Q. */
    DOT1Q(0x8100),
    /** The service tag, 802.1ad; few NICs can. */
    DOT1AD(0x88a8);

    private final int etherType;

    Protocol(int etherType) {
      this.etherType = etherType;
    }

    /** The EtherType of the tag. */
    public int etherType() {
      return etherType;
    }

    static Protocol of(int etherType) {
      return switch (etherType) {
        case 0, 0x8100 -> DOT1Q;
        case 0x88a8 -> DOT1AD;
        default ->
            throw new Failure(
                Failure.Kind.UNSUPPORTED,
                "VLAN protocol 0x"
                    + Integer.toHexString(etherType)
                    + "; 0x8100 and 0x88a8 are known");
      };
    }
  }

  public VfVlan {
    if (id < 0 || id > ID_MAX || qos < 0 || qos > QOS_MAX) {
      throw new Failure(
          Failure.Kind.INVALID, "VLAN " + id + " with QoS " + qos + ": not 0..4094 and 0..7");
    }
  }

  /** An 802.1Q tag of normal priority. */
  public static VfVlan tag(int id) {
    return new VfVlan(id, 0, Protocol.DOT1Q);
  }
}
