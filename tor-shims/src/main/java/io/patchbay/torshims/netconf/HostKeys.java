package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Secrets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.sshd.common.config.keys.PublicKeyEntry;

/**
 * The host keys a switch may show, as {@code SHA256:} fingerprints. Read from a file whose lines
 * are fingerprints, {@code type base64} or {@code hosts type base64} as OpenSSH writes them; lines
 * that name other hosts do not count.
 */
record HostKeys(Set<String> fingerprints) {
  HostKeys {
    fingerprints = Set.copyOf(fingerprints);
  }

  /** Throws {@link Failure}: NOT_FOUND without a key for that host, INVALID with file and line. */
  static HostKeys readFile(Path file, String host, int port) {
    Set<String> found = new LinkedHashSet<>();
    List<String> lines = Secrets.lines(file);
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1).strip();
      try {
        if (!line.isEmpty() && !line.startsWith("#")) {
          fingerprint(line, host, port).ifPresent(found::add);
        }
      } catch (IllegalArgumentException e) {
        throw new Failure(
            Failure.Kind.INVALID,
            file + ":" + number + ": neither a host key nor a fingerprint: " + Failure.text(e),
            e);
      }
    }
    if (found.isEmpty()) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          file + " holds no key of " + host + ":" + port + "; take it with ssh-keyscan");
    }
    return new HostKeys(found);
  }

  private static Optional<String> fingerprint(String line, String host, int port) {
    List<String> words = Arrays.asList(line.split("\\s+"));
    if (words.getFirst().startsWith("SHA256:")) {
      return Optional.of(words.getFirst());
    }
    int type = isKeyType(words.getFirst()) ? 0 : 1;
    if (words.size() < type + 2 || !isKeyType(words.get(type))) {
      throw new IllegalArgumentException("no key type such as ecdsa-sha2-nistp256");
    }
    if (type == 1 && !names(words.getFirst(), host, port)) {
      return Optional.empty();
    }
    return Optional.of(fingerprint(Base64.getDecoder().decode(words.get(type + 1))));
  }

  private static boolean isKeyType(String word) {
    return word.startsWith("ssh-") || word.startsWith("ecdsa-") || word.startsWith("sk-");
  }

  private static boolean names(String hosts, String host, int port) {
    return Arrays.stream(hosts.split(","))
        .anyMatch(name -> name.equals(host) || name.equals("[" + host + "]:" + port));
  }

  /** The fingerprint of a key as OpenSSH prints it. */
  static String fingerprint(PublicKey key) {
    return fingerprint(Base64.getDecoder().decode(PublicKeyEntry.toString(key).split(" ", 3)[1]));
  }

  private static String fingerprint(byte[] key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
