package io.patchbay.linux.netlink;

import io.patchbay.linux.sys.SocketAddress;
import io.patchbay.linux.sys.SystemSocket;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where netlink messages go: the kernel, or a unix SEQPACKET socket that answers the same bytes,
 * one datagram of netlink messages being one packet ({@link NetlinkServer} is the other side). An
 * endpoint only carries datagrams; {@link NetlinkSession} knows what belongs together.
 */
public interface NetlinkEndpoint extends AutoCloseable {
  /** Sends one datagram, whole. */
  void send(byte[] datagram);

  /** The next datagram, whole. Throws a failure of kind TIMEOUT if none comes in time. */
  byte[] receive(Duration timeout);

  /** What it leads to, for messages. */
  @Override
  String toString();

  @Override
  void close();

  /** The kernel, for the network namespace of the calling thread. */
  static NetlinkEndpoint kernel() {
    return new SocketEndpoint(SocketEndpoint.kernelSocket(SocketEndpoint.NETLINK_ROUTE, 0));
  }

  /** Whoever listens at the socket file, for example a rig that imitates a NIC. */
  static NetlinkEndpoint unix(Path path) {
    return new SocketEndpoint(
        SystemSocket.open(SocketAddress.UNIX, SystemSocket.SEQPACKET, 0, "netlink at " + path)
            .connect(SocketAddress.unix(path)));
  }
}
