package io.patchbay.sockets.sys;

import com.sun.jna.Native;

/** The errno values that a socket's reader and writer tell apart (asm-generic/errno.h). */
public final class Errno {
  public static final int EINTR = 4;
  public static final int EAGAIN = 11;
  public static final int EPIPE = 32;
  public static final int ECONNRESET = 104;
  public static final int ENOTCONN = 107;

  /** Too many descriptors of this user are in flight (RLIMIT_NOFILE of an unprivileged sender). */
  public static final int ETOOMANYREFS = 109;

  private Errno() {}

  /** What the C library says about an errno, with its number. */
  public static String text(int errno) {
    return LibC.strerror(errno) + " (errno " + errno + ")";
  }

  /** The errno of this thread's last failed call, negated; to be read right after the call. */
  static int lastNegated() {
    return -Native.getLastError();
  }
}
