package io.patchbay.linux.netlink;

/**
 * Attributes of a link, from {@code linux/if_link.h}, {@code linux/veth.h} and {@code linux/if.h}.
 */
public final class Ifla {
  public static final int ADDRESS = 1;
  public static final int IFNAME = 3;
  public static final int MTU = 4;
  public static final int LINK = 5;
  public static final int MASTER = 10;
  public static final int LINKINFO = 18;
  public static final int IFALIAS = 20;
  public static final int NUM_VF = 21;
  public static final int VFINFO_LIST = 22;
  public static final int NET_NS_FD = 28;
  public static final int EXT_MASK = 29;
  public static final int CARRIER = 33;
  public static final int PARENT_DEV_NAME = 56;
  public static final int PARENT_DEV_BUS_NAME = 57;

  /** Inside LINKINFO. */
  public static final int INFO_KIND = 1;

  public static final int INFO_DATA = 2;
  public static final int VETH_PEER = 1;

  /** Inside VFINFO_LIST, one VF_INFO for each virtual function. */
  public static final int VF_INFO = 1;

  public static final int VF_MAC = 1;
  public static final int VF_VLAN = 2;
  public static final int VF_SPOOFCHK = 4;
  public static final int VF_LINK_STATE = 5;
  public static final int VF_RATE = 6;
  public static final int VF_STATS = 8;
  public static final int VF_TRUST = 9;
  public static final int VF_VLAN_LIST = 12;
  public static final int VF_VLAN_INFO = 1;

  /** Inside VF_STATS: {@code IFLA_VF_STATS_*}, eight bytes each. */
  public static final int VF_STATS_RX_PACKETS = 0;

  public static final int VF_STATS_TX_PACKETS = 1;
  public static final int VF_STATS_RX_BYTES = 2;
  public static final int VF_STATS_TX_BYTES = 3;
  public static final int VF_STATS_BROADCAST = 4;
  public static final int VF_STATS_MULTICAST = 5;
  public static final int VF_STATS_RX_DROPPED = 7;
  public static final int VF_STATS_TX_DROPPED = 8;

  /** Interface flags, {@code linux/if.h}. */
  public static final int IFF_UP = 0x1;

  public static final int IFF_LOWER_UP = 0x10000;

  /** IFNAMSIZ - 1: the longest name of a link, in bytes. */
  public static final int NAME_MAX = 15;

  private Ifla() {}
}
