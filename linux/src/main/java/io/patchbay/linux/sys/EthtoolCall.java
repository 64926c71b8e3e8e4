package io.patchbay.linux.sys;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The ethtool ioctl with {@code struct ethtool_value} of {@code linux/ethtool.h}. */
public final class EthtoolCall {
  private static final long SIOCETHTOOL = 0x8946; // linux/sockios.h
  private static final int VALUE_SIZE = 8;

  private EthtoolCall() {}

  /** Sets one value of a link in the network namespace that the socket belongs to. */
  public static void set(SystemSocket socket, String link, int command, int value) {
    long structure = Native.malloc(VALUE_SIZE);
    try {
      new Pointer(structure).write(0, new int[] {command, value}, 0, 2);
      byte[] request = InterfaceRequest.named(link).pointer(structure).bytes();
      socket
          .descriptor()
          .ioctl("ethtool command " + command + " on '" + link + "'", SIOCETHTOOL, request);
    } finally {
      Native.free(structure);
    }
  }
}
