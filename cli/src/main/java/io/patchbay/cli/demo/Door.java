package io.patchbay.cli.demo;

import io.patchbay.linux.NetworkNamespace;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

/** The way into a daemon. */
final class Door {
  private Door() {}

  /** Whether somebody serves at an address, as seen from a machine. */
  static boolean opens(NetworkNamespace from, SocketAddress address) {
    return from.call(() -> opens(address));
  }

  private static boolean opens(SocketAddress address) {
    try (SocketChannel connection = SocketChannel.open(address)) {
      return connection.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }
}
