package io.patchbay.linux.netlink;

/** Message types, flags and attributes of rtnetlink, from {@code linux/rtnetlink.h}. */
public final class Rtm {
  public static final int NEWLINK = 16;
  public static final int DELLINK = 17;
  public static final int GETLINK = 18;
  public static final int SETLINK = 19;
  public static final int NEWADDR = 20;
  public static final int DELADDR = 21;
  public static final int GETADDR = 22;
  public static final int NEWROUTE = 24;
  public static final int DELROUTE = 25;
  public static final int GETROUTE = 26;
  public static final int NEWNEIGH = 28;
  public static final int DELNEIGH = 29;
  public static final int GETNEIGH = 30;

  /** Sizes of {@code struct ifinfomsg}, {@code ifaddrmsg}, {@code rtmsg} and {@code ndmsg}. */
  public static final int LINK_HEADER = 16;

  public static final int ADDRESS_HEADER = 8;
  public static final int ROUTE_HEADER = 12;
  public static final int NEIGHBOUR_HEADER = 12;

  /** RTNLGRP_LINK as the bit of {@code sockaddr_nl.nl_groups}. */
  public static final int GROUP_LINK = 1;

  /** RTEXT_FILTER_VF and RTEXT_FILTER_SKIP_STATS: for IFLA_EXT_MASK. */
  public static final int FILTER_VF = 1;

  public static final int FILTER_SKIP_STATS = 8;

  public static final int RTA_DST = 1;
  public static final int RTA_OIF = 4;
  public static final int RTA_GATEWAY = 5;
  public static final int RTA_TABLE = 15;
  public static final int TABLE_MAIN = 254;
  public static final int PROTOCOL_STATIC = 4;
  public static final int SCOPE_UNIVERSE = 0;
  public static final int SCOPE_LINK = 253;
  public static final int TYPE_UNICAST = 1;
  public static final int ROUTE_ON_LINK = 4;

  private Rtm() {}
}
