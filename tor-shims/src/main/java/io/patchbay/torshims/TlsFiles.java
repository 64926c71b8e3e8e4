package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.sockets.TransportSecurity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * What PEM files say about whom to trust and what to show, as it is when they are read. Immutable;
 * equal to another where the files say the same, so that a change of them can be told. Prints
 * nothing of what it holds.
 */
public final class TlsFiles {
  /** More is not a certificate or a key. */
  private static final int FILE_BYTES_MAX = 1 << 20;

  private static final char[] NO_PASSWORD = new char[0];

  private final Text ca;
  private final Text certificate;
  private final Text key;

  /** A file and what it holds; without a name there is none. */
  private record Text(String file, String content) {
    static Text read(String file) {
      if (file.isEmpty()) {
        return new Text("", "");
      }
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
        if (bytes.length > FILE_BYTES_MAX) {
          throw new Failure(
              Failure.Kind.INVALID, file + " is longer than " + FILE_BYTES_MAX + " bytes");
        }
        return new Text(file, new String(bytes, StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        throw new Failure(
            Failure.Kind.UNAVAILABLE, "cannot read " + file + ": " + Failure.text(e), e);
      }
    }

    boolean given() {
      return !file.isEmpty();
    }
  }

  private TlsFiles(Text ca, Text certificate, Text key) {
    this.ca = ca;
    this.certificate = certificate;
    this.key = key;
  }

  /**
   * Reads them. Throws {@link Failure} of kind UNAVAILABLE naming the one that cannot be read.
   *
   * @param caFile who may have signed a peer's certificate; empty for nobody
   * @param certificateFile what to show, followed by who signed it; empty for nothing
   * @param keyFile its private key, not encrypted; empty if nothing is shown
   */
  public static TlsFiles read(String caFile, String certificateFile, String keyFile) {
    return new TlsFiles(Text.read(caFile), Text.read(certificateFile), Text.read(keyFile));
  }

  /**
   * For connections made with them. A client's must ask for the identification of the server's name
   * by itself. Throws {@link Failure} of kind INVALID naming the file that is not what it should
   * be.
   */
  public SSLContext context() {
    KeyManager[] keys = {keys()};
    TrustManager[] trust = {trust()};
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw impossible(e);
    }
  }

  /**
   * For gRPC connections to a server that must show a certificate of that name, a DNS name or an IP
   * address. Throws as {@link #context} does.
   */
  public TransportSecurity toServer(String name) {
    return new TransportSecurity(keys(), new NamedServer(trust(), name));
  }

  /** Whom to trust. Throws as {@link #context} does. */
  public X509ExtendedTrustManager trust() {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(trusted());
      return only(factory.getTrustManagers(), X509ExtendedTrustManager.class);
    } catch (GeneralSecurityException | IOException e) {
      throw impossible(e);
    }
  }

  /** What to show. Throws as {@link #context} does. */
  public X509ExtendedKeyManager keys() {
    try {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("NewSunX509");
      factory.init(shown(), NO_PASSWORD);
      return only(factory.getKeyManagers(), X509ExtendedKeyManager.class);
    } catch (GeneralSecurityException | IOException e) {
      throw impossible(e);
    }
  }

  private static <T> T only(Object[] managers, Class<T> kind) throws GeneralSecurityException {
    return Arrays.stream(managers)
        .filter(kind::isInstance)
        .map(kind::cast)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("this JDK has no " + kind.getSimpleName()));
  }

  private static Failure impossible(Exception cause) {
    return new Failure(Failure.Kind.INVALID, "TLS cannot be set up: " + Failure.text(cause), cause);
  }

  private KeyStore trusted() throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    int number = 0;
    if (ca.given()) {
      for (Certificate each : certificates(ca)) {
        store.setCertificateEntry("ca-" + number++, each);
      }
    }
    return store;
  }

  private KeyStore shown() throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    if (certificate.given()) {
      Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
      store.setKeyEntry("shown", privateKey(), NO_PASSWORD, chain);
    }
    return store;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Text pem) {
    try {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(pem.content.getBytes(StandardCharsets.ISO_8859_1)));
      if (found.isEmpty()) {
        throw new Failure(Failure.Kind.INVALID, pem.file + " has no certificate");
      }
      return found;
    } catch (CertificateException e) {
      throw new Failure(
          Failure.Kind.INVALID, pem.file + " has no certificate: " + Failure.text(e), e);
    }
  }

  /** PKCS#8, or the older forms that say the algorithm. */
  private PrivateKey privateKey() {
    try (PEMParser parser = new PEMParser(new StringReader(key.content))) {
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
        if (object instanceof PrivateKeyInfo found) {
          return converter.getPrivateKey(found);
        }
        if (object instanceof PEMKeyPair pair) {
          return converter.getKeyPair(pair).getPrivate();
        }
      }
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.INVALID, key.file + " has no private key: " + Failure.text(e), e);
    }
    throw new Failure(Failure.Kind.INVALID, key.file + " has no private key that is not encrypted");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TlsFiles that
        && ca.equals(that.ca)
        && certificate.equals(that.certificate)
        && key.equals(that.key);
  }

  @Override
  public int hashCode() {
    return Objects.hash(ca, certificate, key);
  }

  @Override
  public String toString() {
    return "PEM files " + ca.file + " " + certificate.file + " " + key.file;
  }
}
