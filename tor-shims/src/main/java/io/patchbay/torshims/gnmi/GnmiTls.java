package io.patchbay.torshims.gnmi;

import io.patchbay.base.Failure;
import io.patchbay.sockets.TransportSecurity;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.SwitchEntry.Gnmi;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** Reads from the files of a switch's entry whom to trust and what to show. */
final class GnmiTls {
  private static final char[] NO_PASSWORD = new char[0];

  private GnmiTls() {}

  /**
   * Throws {@link Failure} naming the switch and the file that is missing, unreadable or not what
   * it should be.
   */
  static TransportSecurity of(SwitchEntry entry, Gnmi gnmi) {
    String name = gnmi.serverName().isEmpty() ? entry.host() : gnmi.serverName();
    try {
      return new TransportSecurity(keys(entry, gnmi), new NamedServer(trust(entry, gnmi), name));
    } catch (GeneralSecurityException | IOException e) {
      throw new Failure(
          Failure.Kind.INVALID, entry.who() + ": TLS cannot be set up: " + Failure.text(e), e);
    }
  }

  private static X509ExtendedTrustManager trust(SwitchEntry entry, Gnmi gnmi)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    int number = 0;
    for (Certificate each : certificates(entry, "gnmi.caFile", gnmi.caFile())) {
      store.setCertificateEntry("ca-" + number++, each);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return Arrays.stream(factory.getTrustManagers())
        .filter(X509ExtendedTrustManager.class::isInstance)
        .map(X509ExtendedTrustManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("this JDK has no PKIX trust manager"));
  }

  /** Nothing to show is a store without keys. */
  private static X509ExtendedKeyManager keys(SwitchEntry entry, Gnmi gnmi)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    if (!gnmi.certificateFile().isEmpty()) {
      Collection<? extends Certificate> chain =
          certificates(entry, "gnmi.certificateFile", gnmi.certificateFile());
      store.setKeyEntry(
          "shim", key(entry, gnmi.keyFile()), NO_PASSWORD, chain.toArray(Certificate[]::new));
    }
    KeyManagerFactory factory = KeyManagerFactory.getInstance("NewSunX509");
    factory.init(store, NO_PASSWORD);
    return Arrays.stream(factory.getKeyManagers())
        .filter(X509ExtendedKeyManager.class::isInstance)
        .map(X509ExtendedKeyManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("this JDK has no X.509 key manager"));
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static Collection<? extends Certificate> certificates(
      SwitchEntry entry, String field, String file) throws GeneralSecurityException {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new Failure(
            Failure.Kind.INVALID, entry.who() + ": " + field + " " + file + " has no certificate");
      }
      return found;
    } catch (IOException e) {
      throw unreadable(entry, field, file, e);
    }
  }

  /** PKCS#8, or the older forms that say the algorithm. */
  private static PrivateKey key(SwitchEntry entry, String file) {
    try (PEMParser parser = new PEMParser(Files.newBufferedReader(Path.of(file)))) {
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
        if (object instanceof PrivateKeyInfo key) {
          return converter.getPrivateKey(key);
        }
        if (object instanceof PEMKeyPair pair) {
          return converter.getKeyPair(pair).getPrivate();
        }
      }
    } catch (IOException e) {
      throw unreadable(entry, "gnmi.keyFile", file, e);
    }
    throw new Failure(
        Failure.Kind.INVALID,
        entry.who() + ": gnmi.keyFile " + file + " has no private key that is not encrypted");
  }

  private static Failure unreadable(SwitchEntry entry, String field, String file, IOException e) {
    return new Failure(
        Failure.Kind.UNAVAILABLE,
        entry.who() + ": cannot read " + field + " " + file + ": " + Failure.text(e),
        e);
  }
}
