package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;

/**
 * Reads what opens a switch from files. Nothing read here gets into a message. Throws {@link
 * Failure}: NOT_FOUND without the file, INVALID when it holds something else.
 */
public final class Secrets {
  private Secrets() {}

  /** All lines of a file. */
  public static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new Failure(Failure.Kind.NOT_FOUND, "no such file: " + file, e);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.INVALID, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** The first line of a file. */
  public static String password(Path file) {
    return lines(file).stream()
        .findFirst()
        .orElseThrow(() -> new Failure(Failure.Kind.INVALID, file + " is empty"));
  }

  /** The private key of a file, which must not be encrypted. */
  public static KeyPair key(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      Iterable<KeyPair> keys =
          SecurityUtils.loadKeyPairIdentities(
              null, NamedResource.ofName(file.toString()), in, FilePasswordProvider.EMPTY);
      if (keys != null && keys.iterator().hasNext()) {
        return keys.iterator().next();
      }
    } catch (NoSuchFileException e) {
      throw new Failure(Failure.Kind.NOT_FOUND, "no such file: " + file, e);
    } catch (IOException | GeneralSecurityException e) {
      throw new Failure(
          Failure.Kind.INVALID, file + ": no usable private key: " + Failure.text(e), e);
    }
    throw new Failure(Failure.Kind.INVALID, file + " holds no private key");
  }
}
