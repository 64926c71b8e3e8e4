package io.patchbay.mesh.policy;

import io.patchbay.api.connection.PathSegment;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An access in the words of policy files: what Go's encoding/json makes of upstream's structures,
 * but with no key left out.
 */
final class Inputs {
  /** RFC 7468 breaks lines here. */
  private static final int PEM_LINE = 64;

  private Inputs() {}

  static Map<String, Object> path(
      int index, List<Map<String, Object>> segments, Optional<X509Certificate> peer) {
    Map<String, Object> input = new LinkedHashMap<>();
    input.put("index", (long) index);
    input.put("path_segments", segments);
    input.put("auth_info", Map.of("certificate", peer.map(Inputs::pem).orElse("")));
    return input;
  }

  static Map<String, Object> of(PathSegment segment) {
    return Map.of(
        "name",
        segment.getName(),
        "id",
        segment.getId(),
        "token",
        segment.getToken(),
        "expires",
        Map.of(
            "seconds",
            segment.getExpires().getSeconds(),
            "nanos",
            (long) segment.getExpires().getNanos()),
        "metrics",
        segment.getMetricsMap());
  }

  static String pem(X509Certificate certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(PEM_LINE, "\n".getBytes(StandardCharsets.US_ASCII))
              .encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that TLS has read cannot be written", e);
    }
  }
}
