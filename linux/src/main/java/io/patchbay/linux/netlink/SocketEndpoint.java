package io.patchbay.linux.netlink;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Descriptor.Readiness;
import io.patchbay.linux.sys.SocketAddress;
import io.patchbay.linux.sys.SystemSocket;
import java.time.Duration;

/** An endpoint on a message socket: of the kernel, or of a unix peer. */
final class SocketEndpoint implements NetlinkEndpoint {
  /** Protocols of {@code linux/netlink.h}. */
  static final int NETLINK_ROUTE = 0;

  static final int NETLINK_KOBJECT_UEVENT = 15;

  private static final int SOL_NETLINK = 270; // linux/socket.h
  private static final int NETLINK_CAP_ACK = 10; // linux/netlink.h, as the next
  private static final int NETLINK_EXT_ACK = 11;
  private static final int SOL_SOCKET = 1; // asm-generic/socket.h
  private static final int SO_RCVBUFFORCE = 33;
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  private final SystemSocket socket;

  SocketEndpoint(SystemSocket socket) {
    this.socket = socket;
  }

  /** A socket in the calling thread's network namespace, member of the groups. */
  static SystemSocket kernelSocket(int protocol, int groups) {
    return SystemSocket.open(
            SocketAddress.NETLINK, SystemSocket.RAW, protocol, "the kernel's netlink")
        .option(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        .option(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        .option(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
        .bind(SocketAddress.netlink(groups));
  }

  @Override
  public void send(byte[] datagram) {
    socket.send(datagram, datagram.length);
  }

  @Override
  public byte[] receive(Duration timeout) {
    Readiness readiness = socket.await(timeout);
    if (readiness != Readiness.READABLE) {
      throw new Failure(
          readiness == Readiness.CLOSED ? Failure.Kind.UNAVAILABLE : Failure.Kind.TIMEOUT,
          socket + (readiness == Readiness.CLOSED ? " was closed" : " did not answer in time"));
    }
    byte[] datagram = socket.receive();
    if (datagram.length == 0) {
      throw new Failure(Failure.Kind.UNAVAILABLE, socket + " hung up");
    }
    return datagram;
  }

  @Override
  public void close() {
    socket.close();
  }

  @Override
  public String toString() {
    return socket.toString();
  }
}
