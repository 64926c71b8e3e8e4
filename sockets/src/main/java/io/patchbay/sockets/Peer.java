package io.patchbay.sockets;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Who called. On a unix socket the kernel says which process (pid is empty if it lives in a pid
 * namespace that we cannot see into), and descriptors may come beside the call; on tcp there is an
 * address only. On a connection with TLS there are the certificates of both sides.
 */
public record Peer(
    OptionalInt pid,
    OptionalInt uid,
    OptionalInt gid,
    String address,
    Optional<FdPort> descriptors,
    Optional<TlsPeer> tls) {
  static final Context.Key<Peer> KEY = Context.key("peer");

  /** The caller of the call that this thread handles. */
  public static Peer current() {
    return CallContext.required(KEY);
  }

  /** The certificate that the caller has shown; empty without TLS. */
  public Optional<X509Certificate> certificate() {
    return tls.map(TlsPeer::peer);
  }

  /** The caller, if this thread handles a call: a timer's work has none. */
  public static Optional<Peer> find() {
    return Optional.ofNullable(KEY.get());
  }

  static Peer of(Attributes attributes) {
    Optional<TlsPeer> tls = TlsPeer.of(attributes);
    SocketAddress remote = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    return switch (remote) {
      case PortAddress unix -> of(unix, tls);
      case InetSocketAddress address -> elsewhere("tcp://" + text(address), tls);
      case null, default -> elsewhere(String.valueOf(remote), tls);
    };
  }

  private static Peer of(PortAddress unix, Optional<TlsPeer> tls) {
    PeerCredentials who = unix.credentials();
    return new Peer(
        who.pid() > 0 ? OptionalInt.of(who.pid()) : OptionalInt.empty(),
        OptionalInt.of(who.uid()),
        OptionalInt.of(who.gid()),
        "unix://" + unix.path(),
        Optional.of(unix.port()),
        tls);
  }

  private static Peer elsewhere(String address, Optional<TlsPeer> tls) {
    return new Peer(
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        address,
        Optional.empty(),
        tls);
  }

  private static String text(InetSocketAddress tcp) {
    String host =
        tcp.getAddress() == null ? tcp.getHostString() : tcp.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + tcp.getPort();
  }
}
