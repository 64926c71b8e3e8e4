package io.patchbay.bench;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** What a server at 127.0.0.1 shows: signed by nobody but itself. */
final class LoopbackCertificate {
  private static final Date SINCE_EVER = Date.from(Instant.EPOCH);
  private static final Date FOR_EVER = Date.from(Instant.parse("2100-01-01T00:00:00Z"));

  private LoopbackCertificate() {}

  /** Makes one, and writes {@code NAME.pem} and {@code NAME.key}. */
  static void write(Path folder, String name) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair keys = generator.generateKeyPair();
      byte[] certificate =
          unsigned(new X500Name("CN=" + name), keys)
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
              .getEncoded();
      write(folder.resolve(name + ".pem"), "CERTIFICATE", certificate);
      write(folder.resolve(name + ".key"), "PRIVATE KEY", keys.getPrivate().getEncoded());
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("this JDK knows no elliptic curves", e);
    }
  }

  private static X509v3CertificateBuilder unsigned(X500Name name, KeyPair keys) throws IOException {
    return new JcaX509v3CertificateBuilder(
            name, BigInteger.ONE, SINCE_EVER, FOR_EVER, name, keys.getPublic())
        .addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
  }

  private static void write(Path file, String what, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder().encodeToString(content);
    Files.writeString(
        file, "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(what, text));
  }
}
