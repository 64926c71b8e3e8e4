package io.patchbay.mesh.identity;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * An X.509-SVID: a SPIFFE ID, the certificate that says so, and its key.
 *
 * @param id the SPIFFE ID as text
 * @param chain the certificate itself first, then who signed it, without the trust bundle
 */
public record Identity(String id, List<X509Certificate> chain, PrivateKey key) {
  public Identity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("no certificate for " + id);
    }
  }

  /** The certificate of this identity itself. */
  public X509Certificate leaf() {
    return chain.getFirst();
  }

  /** From then on nobody believes it. */
  public Instant notAfter() {
    return leaf().getNotAfter().toInstant();
  }

  @Override
  public String toString() {
    return id + " until " + notAfter(); // the key must not reach a log
  }
}
