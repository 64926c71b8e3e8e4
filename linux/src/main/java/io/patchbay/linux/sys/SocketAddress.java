package io.patchbay.linux.sys;

import io.patchbay.base.Failure;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The kernel's address structures, ready for bind(2) and connect(2). Immutable. */
public final class SocketAddress {
  /** Address families of {@code linux/socket.h}. */
  public static final int UNIX = 1;

  public static final int INET = 2;
  public static final int INET6 = 10;
  public static final int NETLINK = 16;
  public static final int PACKET = 17;

  private static final int UNIX_PATH_MAX = 108;

  private final byte[] bytes;

  private SocketAddress(ByteBuffer structure) {
    bytes = new byte[structure.capacity()];
    structure.rewind().get(bytes);
  }

  /** {@code struct sockaddr_nl} of {@code linux/netlink.h}: a port of the kernel's choice. */
  public static SocketAddress netlink(int groups) {
    return new SocketAddress(structure(12, NETLINK).putShort((short) 0).putInt(0).putInt(groups));
  }

  /** {@code struct sockaddr_un} of {@code linux/un.h}: a path of at most 107 bytes. */
  public static SocketAddress unix(Path path) {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length >= UNIX_PATH_MAX) {
      throw new Failure(
          Failure.Kind.INVALID,
          "socket path '" + path + "' is longer than 107 bytes; choose a shorter folder");
    }
    return new SocketAddress(structure(2 + UNIX_PATH_MAX, UNIX).put(name));
  }

  /** {@code struct sockaddr_ll} of {@code linux/if_packet.h}: all frames of one interface. */
  public static SocketAddress packet(int link, int protocol) {
    return new SocketAddress(
        structure(20, PACKET).put((byte) (protocol >> 8)).put((byte) protocol).putInt(link));
  }

  /** {@code struct sockaddr_in} or {@code sockaddr_in6} with port 0. */
  public static SocketAddress ip(InetAddress address) {
    if (address instanceof Inet6Address six) {
      return new SocketAddress(
          structure(28, INET6)
              .putShort((short) 0)
              .putInt(0)
              .put(six.getAddress())
              .putInt(six.getScopeId()));
    }
    return new SocketAddress(structure(16, INET).putShort((short) 0).put(address.getAddress()));
  }

  byte[] bytes() {
    return bytes;
  }

  private static ByteBuffer structure(int length, int family) {
    return ByteBuffer.allocate(length).order(ByteOrder.nativeOrder()).putShort((short) family);
  }
}
