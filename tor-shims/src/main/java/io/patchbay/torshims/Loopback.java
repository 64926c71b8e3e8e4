package io.patchbay.torshims;

import java.net.InetAddress;

/** Tells addresses that never leave this machine, where nobody else listens. */
public final class Loopback {
  private Loopback() {}

  /** Whether a host is one, by what it is called; nothing is looked up. */
  public static boolean isHost(String host) {
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return host.equals("localhost");
    }
  }
}
