package io.patchbay.sockets;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.patchbay.base.Failure;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Mutual TLS on unix and tcp (contracts/nsm.md section 3): 1.2 at least, ALPN h2, both sides show a
 * certificate, and no host name is compared: whom to trust is for the trust manager alone. Both
 * managers are asked at each handshake, so that they may answer from an identity that changes while
 * connections that stand are left in peace. Both are called on any thread, several at once.
 *
 * @param keys what this process shows
 * @param trust whom it believes
 */
public record TransportSecurity(X509ExtendedKeyManager keys, X509ExtendedTrustManager trust) {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /**
   * ChaCha20-Poly1305 (RFC 8446) is taken before AES-GCM where the peer has both: without the
   * optimizing compiler, which daemons go without to be small and quick to start, the JDK's is four
   * times as fast.
   */
  private static final List<String> CIPHERS =
      Stream.concat(Stream.of("TLS_CHACHA20_POLY1305_SHA256"), Http2SecurityUtil.CIPHERS.stream())
          .distinct()
          .toList();

  private static final String[] KEY_TYPES = {"EC", "RSA"};

  /**
   * A resumed session shows certificates of an earlier handshake, and nobody looks at them again.
   * The JDK cannot be told to resume none, only for how long.
   */
  private static final int RESUMPTION_SECONDS = 1;

  /** Names what a connection made now would show; changes when the identity is renewed. */
  String shown() {
    @Nullable String alias = keys.chooseEngineClientAlias(KEY_TYPES, null, null);
    return alias == null ? "" : alias;
  }

  SslContext server() {
    return build(SslContextBuilder.forServer(keys).clientAuth(ClientAuth.REQUIRE));
  }

  SslContext client() {
    return build(SslContextBuilder.forClient().keyManager(keys));
  }

  private SslContext build(SslContextBuilder builder) {
    try {
      return GrpcSslContexts.configure(builder, SslProvider.JDK)
          .trustManager(trust)
          .protocols(PROTOCOLS)
          .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
          .endpointIdentificationAlgorithm(null)
          .sessionTimeout(RESUMPTION_SECONDS)
          .build();
    } catch (SSLException e) {
      throw new Failure(Failure.Kind.INTERNAL, "TLS cannot be set up: " + Failure.text(e), e);
    }
  }
}
