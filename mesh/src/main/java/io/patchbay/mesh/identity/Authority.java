package io.patchbay.mesh.identity;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Signs the X.509-SVIDs of one trust domain with a P-256 key of its own: for machines without SPIRE
 * and for tests. Safe for all threads.
 *
 * @param certificate the domain's own, self-signed; it is the trust bundle
 */
public record Authority(String trustDomain, X509Certificate certificate, PrivateKey key) {
  /** Clocks differ: a certificate is good a little before it was made. */
  private static final Duration EARLIER = Duration.ofMinutes(1);

  private static final int SERIAL_BITS = 127;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * Makes a new one.
   *
   * @param lifetime of its certificate
   */
  public static Authority make(String trustDomain, Duration lifetime, Time time) {
    KeyPair keys = newKeys();
    SpiffeId id = SpiffeId.parse("spiffe://" + trustDomain);
    X500Name name = new X500Name("O=Patchbay,CN=" + trustDomain);
    try {
      X509v3CertificateBuilder certificate = certificate(name, name, keys, time.now(), lifetime);
      certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      certificate.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      certificate.addExtension(Extension.subjectAlternativeName, false, names(id));
      return new Authority(trustDomain, sign(certificate, keys.getPrivate()), keys.getPrivate());
    } catch (CertIOException e) {
      throw impossible(e);
    }
  }

  /**
   * A new key, and a certificate for it.
   *
   * @param id whose it is, in this trust domain
   * @param lifetime how long the certificate is good, from now
   */
  public Identity issue(SpiffeId id, Duration lifetime, Time time) {
    if (!id.trustDomain().equals(trustDomain)) {
      throw new IllegalArgumentException(id + " is not of " + trustDomain);
    }
    KeyPair keys = newKeys();
    X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    try {
      X509v3CertificateBuilder leaf =
          certificate(issuer, new X500Name("O=Patchbay"), keys, time.now(), lifetime);
      leaf.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      leaf.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      leaf.addExtension(Extension.extendedKeyUsage, false, bothSides());
      leaf.addExtension(Extension.subjectAlternativeName, false, names(id));
      return new Identity(id.toString(), List.of(sign(leaf, key)), keys.getPrivate());
    } catch (CertIOException e) {
      throw impossible(e);
    }
  }

  /** The bundle of this trust domain alone. */
  public Map<String, Set<X509Certificate>> bundles() {
    return Map.of(trustDomain, Set.of(certificate));
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw impossible(e);
    }
  }

  private static X509v3CertificateBuilder certificate(
      X500Name issuer, X500Name subject, KeyPair keys, Instant now, Duration lifetime) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE),
        Date.from(now.minus(EARLIER)),
        Date.from(now.plus(lifetime)),
        subject,
        keys.getPublic());
  }

  private static GeneralNames names(SpiffeId id) {
    return new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, id.toString()));
  }

  private static ExtendedKeyUsage bothSides() {
    return new ExtendedKeyUsage(
        new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth});
  }

  private static X509Certificate sign(X509v3CertificateBuilder certificate, PrivateKey key) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              certificate.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    } catch (OperatorCreationException | GeneralSecurityException e) {
      throw impossible(e);
    }
  }

  private static Failure impossible(Exception e) {
    return new Failure(Failure.Kind.INTERNAL, "no certificate can be made: " + Failure.text(e), e);
  }

  @Override
  public String toString() {
    return "authority of " + trustDomain; // the key must not reach a log
  }
}
