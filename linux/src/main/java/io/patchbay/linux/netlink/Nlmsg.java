package io.patchbay.linux.netlink;

/** Message types and flags that every netlink family has, from {@code linux/netlink.h}. */
public final class Nlmsg {
  public static final int NOOP = 1;
  public static final int ERROR = 2;
  public static final int DONE = 3;

  public static final int REQUEST = 0x1;
  public static final int MULTI = 0x2;
  public static final int ACK = 0x4;
  public static final int DUMP_INTERRUPTED = 0x10;
  public static final int DUMP = 0x300;
  public static final int REPLACE = 0x100;
  public static final int EXCLUSIVE = 0x200;
  public static final int CREATE = 0x400;

  /** On an error: the request is not quoted behind its header. */
  public static final int CAPPED = 0x100;

  /** On an error: attributes follow that explain it. */
  public static final int ACK_ATTRIBUTES = 0x200;

  /** NLMSGERR_ATTR_MSG: the explanation as text. */
  public static final int ERROR_TEXT = 1;

  private Nlmsg() {}
}
