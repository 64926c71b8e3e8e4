package io.patchbay.sockets;

import io.grpc.Attributes;
import io.grpc.Grpc;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The two certificates of one connection, as its handshake has shown them. They stay what they are
 * while the connection lasts, even after either side has got new ones.
 *
 * @param peer the certificate of the other side
 * @param own what we have shown
 */
public record TlsPeer(X509Certificate peer, X509Certificate own) {

  /** Of a connection's transport attributes; empty on one without TLS. */
  public static Optional<TlsPeer> of(Attributes transport) {
    @Nullable SSLSession session = transport.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new TlsPeer(first(session.getPeerCertificates()), first(session.getLocalCertificates())));
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException("TLS without a certificate of the peer", e);
    }
  }

  private static X509Certificate first(Certificate @Nullable [] chain) {
    if (chain == null || chain.length == 0 || !(chain[0] instanceof X509Certificate leaf)) {
      throw new IllegalStateException("TLS without certificates on both sides");
    }
    return leaf;
  }
}
