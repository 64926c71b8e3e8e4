package io.patchbay.mesh.identity;

import io.patchbay.base.Failure;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A name such as {@code spiffe://k8s.nsm/ns/shop/pod/client-0} (SPIFFE ID standard, section 2).
 *
 * @param trustDomain who vouches for it: {@code k8s.nsm}
 * @param path the rest, from its slash on; empty for the trust domain itself
 */
public record SpiffeId(String trustDomain, String path) {
  private static final String SCHEME = "spiffe://";
  private static final int BYTES_MAX = 2048;
  private static final int DOMAIN_MAX = 255;
  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9._-]{1," + DOMAIN_MAX + "}");
  private static final Pattern PATH = Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)*");

  /** In the list of a certificate's alternative names (RFC 5280, GeneralName). */
  private static final int URI_NAME = 6;

  /** Throws Failure INVALID for what is not a SPIFFE ID. */
  public static SpiffeId parse(String text) {
    int slash = text.indexOf('/', SCHEME.length());
    if (text.startsWith(SCHEME) && text.getBytes(StandardCharsets.UTF_8).length <= BYTES_MAX) {
      String domain = text.substring(SCHEME.length(), slash < 0 ? text.length() : slash);
      String path = slash < 0 ? "" : text.substring(slash);
      if (DOMAIN.matcher(domain).matches() && PATH.matcher(path).matches()) {
        return new SpiffeId(domain, path);
      }
    }
    throw new Failure(
        Failure.Kind.INVALID,
        "'" + text + "' is not a SPIFFE ID such as spiffe://k8s.nsm/ns/shop/pod/client-0");
  }

  /**
   * Whose certificate it is. Throws Failure DENIED unless it has exactly one URI among its
   * alternative names, and that is a SPIFFE ID (X509-SVID standard, section 2).
   */
  public static SpiffeId of(X509Certificate certificate) {
    List<String> uris = uris(certificate);
    if (uris.size() != 1) {
      throw denied(certificate, "has " + uris.size() + " URIs as names; an X.509-SVID has one");
    }
    try {
      return parse(uris.getFirst());
    } catch (Failure e) {
      throw denied(certificate, "is no X.509-SVID: " + Failure.text(e));
    }
  }

  private static List<String> uris(X509Certificate certificate) {
    try {
      @Nullable Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> name.getFirst().equals(URI_NAME))
              .map(name -> String.valueOf(name.get(1)))
              .toList();
    } catch (CertificateParsingException e) {
      throw denied(certificate, "has names that cannot be read: " + Failure.text(e));
    }
  }

  private static Failure denied(X509Certificate certificate, String what) {
    String serial = certificate.getSerialNumber().toString(16);
    return new Failure(Failure.Kind.DENIED, "the certificate with serial " + serial + " " + what);
  }

  @Override
  public String toString() {
    return SCHEME + trustDomain + path;
  }
}
