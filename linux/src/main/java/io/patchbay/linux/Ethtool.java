package io.patchbay.linux;

import io.patchbay.linux.sys.EthtoolCall;
import io.patchbay.linux.sys.SocketAddress;
import io.patchbay.linux.sys.SystemSocket;

/** What {@code ethtool} sets, with numbers of {@code linux/ethtool.h}. */
public final class Ethtool {
  private static final int ETHTOOL_STXCSUM = 0x17;

  private Ethtool() {}

  /**
   * Makes the kernel fill in the checksums of what leaves by the link, for devices whose frames
   * somebody reads raw: a veth would otherwise pass TCP and UDP on with checksums left out.
   */
  public static void fillChecksums(NetworkNamespace namespace, String link) {
    try (SystemSocket socket = namespace.call(Ethtool::socket)) {
      EthtoolCall.set(socket, link, ETHTOOL_STXCSUM, 0);
    }
  }

  private static SystemSocket socket() {
    return SystemSocket.open(SocketAddress.INET, SystemSocket.DATAGRAM, 0, "ethtool");
  }
}
