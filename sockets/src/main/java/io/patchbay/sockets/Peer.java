package io.patchbay.sockets;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Who called. On a unix socket the kernel says which process (pid is empty if it lives in a pid
 * namespace that we cannot see into), and descriptors may come beside the call; on tcp there is an
 * address only.
 */
public record Peer(
    OptionalInt pid,
    OptionalInt uid,
    OptionalInt gid,
    String address,
    Optional<FdPort> descriptors) {
  static final Context.Key<Peer> KEY = Context.key("peer");

  /** The caller of the call that this thread handles. */
  public static Peer current() {
    return CallContext.required(KEY);
  }

  static Peer of(Attributes attributes) {
    SocketAddress remote = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    return switch (remote) {
      case PortAddress unix -> of(unix);
      case InetSocketAddress tcp -> elsewhere("tcp://" + text(tcp));
      case null, default -> elsewhere(String.valueOf(remote));
    };
  }

  private static Peer of(PortAddress unix) {
    PeerCredentials who = unix.credentials();
    return new Peer(
        who.pid() > 0 ? OptionalInt.of(who.pid()) : OptionalInt.empty(),
        OptionalInt.of(who.uid()),
        OptionalInt.of(who.gid()),
        "unix://" + unix.path(),
        Optional.of(unix.port()));
  }

  private static Peer elsewhere(String address) {
    return new Peer(
        OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), address, Optional.empty());
  }

  private static String text(InetSocketAddress tcp) {
    String host =
        tcp.getAddress() == null ? tcp.getHostString() : tcp.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + tcp.getPort();
  }
}
