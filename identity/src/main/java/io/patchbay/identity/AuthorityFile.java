package io.patchbay.identity;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.SpiffeId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The authority of a trust domain on disk: key and certificate in one PEM file that only its owner
 * can read. It is made once, whole or not at all, and by one only, also if several servers that
 * share the file start at the same time.
 */
public record AuthorityFile(Path file) {
  private static final Duration LIFETIME = Duration.ofDays(3650);
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String KEY = "PRIVATE KEY";

  /**
   * What the file holds; makes it if there is none. Throws Failure naming the file: INVALID when it
   * is of another trust domain or cannot be understood, UNAVAILABLE when it cannot be had.
   */
  public Authority open(String trustDomain, Time time) {
    try {
      if (!Files.exists(file)) {
        write(Authority.make(trustDomain, LIFETIME, time));
      }
      return read(trustDomain);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, file + ": " + Failure.text(e), e);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new Failure(
          Failure.Kind.INVALID,
          file + " holds no certificate with its key; restore it, or remove it to make a new one");
    }
  }

  private Authority read(String trustDomain) throws IOException, GeneralSecurityException {
    String text = Files.readString(file);
    X509Certificate certificate = certificates(text).iterator().next();
    String domain = SpiffeId.of(certificate).trustDomain();
    if (!domain.equals(trustDomain)) {
      throw new Failure(
          Failure.Kind.INVALID, file + " is of trust domain " + domain + ", not " + trustDomain);
    }
    PrivateKey key =
        KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(block(KEY, text)));
    return new Authority(trustDomain, certificate, key);
  }

  /** A link cannot replace a file: whoever comes second finds the first one's. */
  private void write(Authority authority) throws IOException, GeneralSecurityException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Path draft = Files.createTempFile(folder, file.getFileName() + ".", ".new", owner);
    try {
      String text =
          pem(CERTIFICATE, authority.certificate().getEncoded())
              + pem(KEY, authority.key().getEncoded());
      Files.writeString(draft, text);
      try (FileChannel written = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        written.force(true);
      }
      Files.createLink(file, draft);
    } catch (FileAlreadyExistsException e) {
      return;
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** The bundle of another trust domain. Throws Failure naming the file. */
  static Set<X509Certificate> bundle(Path file) {
    try {
      return certificates(Files.readString(file));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, file + ": " + Failure.text(e), e);
    } catch (CertificateException | IllegalArgumentException e) {
      throw new Failure(Failure.Kind.INVALID, file + " holds no PEM certificates", e);
    }
  }

  private static Set<X509Certificate> certificates(String text) throws CertificateException {
    Set<X509Certificate> all =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new java.io.ByteArrayInputStream(onlyCertificates(text)))
            .stream()
            .map(X509Certificate.class::cast)
            .collect(Collectors.toUnmodifiableSet());
    if (all.isEmpty()) {
      throw new CertificateException("there is none");
    }
    return all;
  }

  private static byte[] onlyCertificates(String text) {
    StringBuilder found = new StringBuilder();
    boolean inside = false;
    for (String line : text.lines().toList()) {
      inside |= line.equals(begin(CERTIFICATE));
      if (inside) {
        found.append(line).append('\n');
      }
      inside &= !line.equals(end(CERTIFICATE));
    }
    return found.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] block(String kind, String text) {
    int begin = text.indexOf(begin(kind));
    int end = text.indexOf(end(kind));
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("no " + kind);
    }
    return Base64.getMimeDecoder().decode(text.substring(begin + begin(kind).length(), end));
  }

  private static String pem(String kind, byte[] der) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return begin(kind) + "\n" + lines + "\n" + end(kind) + "\n";
  }

  private static String begin(String kind) {
    return "-----BEGIN " + kind + "-----";
  }

  private static String end(String kind) {
    return "-----END " + kind + "-----";
  }
}
