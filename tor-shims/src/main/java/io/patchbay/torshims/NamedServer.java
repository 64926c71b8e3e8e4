package io.patchbay.torshims;

import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts a server whose certificate is trusted and names it (RFC 9525): a DNS name, with a wildcard
 * for its first label if need be, or an IP address, among the subject's alternative names. Safe for
 * all threads.
 */
final class NamedServer extends X509ExtendedTrustManager {
  private static final int DNS = 2;
  private static final int IP = 7;

  private final X509ExtendedTrustManager chains;
  private final String name;
  private final Optional<InetAddress> address;

  NamedServer(X509ExtendedTrustManager chains, String name) {
    this.chains = chains;
    this.name = name.toLowerCase(Locale.ROOT);
    this.address = literal(name);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    chains.checkServerTrusted(chain, type);
    checkName(chain[0]);
  }

  private void checkName(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> names =
        Optional.ofNullable(certificate.getSubjectAlternativeNames()).orElse(List.of());
    if (names.stream().noneMatch(this::isOurs)) {
      throw new CertificateException("the certificate is for " + names + ", not for " + name);
    }
  }

  /** An alternative name is its type's number and its value. */
  private boolean isOurs(List<?> alternative) {
    String value = String.valueOf(alternative.get(1)).toLowerCase(Locale.ROOT);
    return switch ((Integer) alternative.get(0)) {
      case DNS -> address.isEmpty() && isNamed(value);
      case IP -> address.isPresent() && address.equals(literal(value));
      default -> false;
    };
  }

  /** A wildcard stands for exactly one label, and not for the one below a top-level domain. */
  private boolean isNamed(String pattern) {
    int dot = name.indexOf('.');
    boolean wild = pattern.startsWith("*.") && pattern.indexOf('.', 2) > 0 && dot > 0;
    return wild ? name.substring(dot).equals(pattern.substring(1)) : name.equals(pattern);
  }

  /** An address that is written as one; nothing is looked up. */
  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    chains.checkClientTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    chains.checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    chains.checkClientTrusted(chain, type, engine);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return chains.getAcceptedIssuers();
  }
}
