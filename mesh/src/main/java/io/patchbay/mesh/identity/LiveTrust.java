package io.patchbay.mesh.identity;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Believes every X.509-SVID whose chain ends in the bundle of its own trust domain, so that no
 * domain can speak for another (contracts/nsm.md section 3; X509-SVID standard, sections 4 and 5).
 * It says why it does not believe one.
 */
final class LiveTrust extends X509ExtendedTrustManager {
  /** Bits of RFC 5280's KeyUsage. */
  private static final int DIGITAL_SIGNATURE = 0;

  private static final int KEY_CERT_SIGN = 5;
  private static final int CRL_SIGN = 6;

  private final Identities identities;
  private final Time time;

  LiveTrust(Identities identities, Time time) {
    this.identities = identities;
    this.time = time;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    try {
      X509Certificate leaf = chain[0];
      SpiffeId id = SpiffeId.of(leaf);
      requireLeaf(leaf, id);
      Set<X509Certificate> bundle = identities.bundle(id.trustDomain());
      if (bundle.isEmpty()) {
        throw new CertificateException(
            "the trust domain of " + id + " is foreign: it is neither ours nor federated with us");
      }
      verify(chain, id, bundle);
    } catch (Failure e) {
      throw new CertificateException(Failure.text(e), e);
    }
  }

  private static void requireLeaf(X509Certificate leaf, SpiffeId id) throws CertificateException {
    boolean @Nullable [] usage = leaf.getKeyUsage();
    if (leaf.getBasicConstraints() >= 0) {
      throw new CertificateException("the certificate of " + id + " is one that signs others");
    }
    if (usage == null || !usage[DIGITAL_SIGNATURE] || usage[KEY_CERT_SIGN] || usage[CRL_SIGN]) {
      throw new CertificateException(
          "the key usage of the certificate of " + id + " is not that of an X.509-SVID");
    }
  }

  private void verify(X509Certificate[] chain, SpiffeId id, Set<X509Certificate> bundle)
      throws CertificateException {
    try {
      PKIXParameters parameters =
          new PKIXParameters(
              bundle.stream().map(each -> new TrustAnchor(each, null)).collect(Collectors.toSet()));
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(time.now()));
      List<X509Certificate> below =
          Arrays.stream(chain).takeWhile(each -> !bundle.contains(each)).toList();
      var unused =
          CertPathValidator.getInstance("PKIX")
              .validate(
                  CertificateFactory.getInstance("X.509").generateCertPath(below), parameters);
    } catch (GeneralSecurityException e) {
      throw new CertificateException(
          "the certificate of " + id + " is not believed: " + Failure.text(e), e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain);
  }

  /** Names nobody: peers shall show what they have. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
