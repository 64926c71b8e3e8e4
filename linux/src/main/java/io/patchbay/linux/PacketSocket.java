package io.patchbay.linux;

import io.patchbay.linux.sys.Blocking;
import io.patchbay.linux.sys.Descriptor.Readiness;
import io.patchbay.linux.sys.SocketAddress;
import io.patchbay.linux.sys.SystemSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;

/**
 * Raw Ethernet frames on one link, for probes: sent as they are, received as the link's own stack
 * receives them (frames that it sends itself are left out, and the kernel has taken a VLAN tag
 * off). Safe for all threads; waiting does not hold up virtual ones.
 */
public final class PacketSocket implements AutoCloseable {
  private static final int ETH_P_ALL = 3; // linux/if_ether.h
  private static final int SOL_PACKET = 263; // linux/socket.h
  private static final int PACKET_IGNORE_OUTGOING = 23; // linux/if_packet.h

  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final short PACKET_MR_MULTICAST = 0;

  private final SystemSocket socket;

  private PacketSocket(SystemSocket socket) {
    this.socket = socket;
  }

  /** Opens a socket on a link of the namespace; from now on frames are kept for it. */
  public static PacketSocket open(NetworkNamespace namespace, Link link) {
    return new PacketSocket(namespace.call(() -> socket(link)));
  }

  private static SystemSocket socket(Link link) {
    return SystemSocket.open(
            SocketAddress.PACKET, SystemSocket.RAW, 0, "frames of '" + link.name() + "'")
        .option(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        .bind(SocketAddress.packet(link.index(), ETH_P_ALL));
  }

  /** Opens a socket for frames of one type to a group, which the NIC lets in from now on. */
  static PacketSocket open(NetworkNamespace namespace, Link link, int etherType, MacAddress to) {
    byte[] membership = // struct packet_mreq
        ByteBuffer.allocate(16)
            .order(ByteOrder.nativeOrder())
            .putInt(link.index())
            .putShort(PACKET_MR_MULTICAST)
            .putShort((short) MacAddress.LENGTH)
            .put(to.bytes())
            .array();
    return new PacketSocket(
        namespace.call(() ->
            SystemSocket.open(
                    SocketAddress.PACKET, SystemSocket.RAW, 0, "frames of '" + link.name() + "'")
                .option(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
                .option(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
                .bind(SocketAddress.packet(link.index(), etherType))));
  }

  /** The next frame that is there already. */
  Optional<byte[]> poll() {
    return socket.await(Duration.ZERO) == Readiness.READABLE
        ? Optional.of(socket.receive())
        : Optional.empty();
  }

  /** Sends a frame: destination, source, type, payload. */
  public void send(byte[] frame) {
    socket.send(frame, frame.length);
  }

  /** The next frame, if one comes within the time. */
  public Optional<byte[]> receive(Duration timeout) {
    return Blocking.alone(
        "receive from " + socket,
        () ->
            socket.await(timeout) == Readiness.READABLE
                ? Optional.of(socket.receive())
                : Optional.empty());
  }

  @Override
  public void close() {
    socket.close();
  }
}
