package io.patchbay.hwsim.netconf;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;

/**
 * Where a server listens and who may come in. One user; a password, keys, or both.
 *
 * @param listen address to bind, in the network namespace of the thread that starts the server;
 *     left out: 127.0.0.1
 * @param port TCP port, 0 for any that is free; left out: {@link #IANA_PORT}
 * @param user the one user's name
 * @param password empty when only keys open
 * @param authorizedKeys lines such as {@code ecdsa-sha2-nistp256 AAAA…}
 * @param hostKeyFile where the server's key is kept, and made when it is absent; empty for a new
 *     one at each start
 */
public record Access(
    String listen,
    Integer port,
    String user,
    String password,
    List<String> authorizedKeys,
    String hostKeyFile) {
  /** The port of NETCONF over SSH (RFC 6242 section 7). */
  public static final int IANA_PORT = 830;

  /** A file that leaves components out hands in nulls here, which become defaults. */
  public Access {
    listen = listen == null ? "127.0.0.1" : listen;
    port = port == null ? IANA_PORT : port;
    password = password == null ? "" : password;
    authorizedKeys = authorizedKeys == null ? List.of() : List.copyOf(authorizedKeys);
    hostKeyFile = hostKeyFile == null ? "" : hostKeyFile;
    if (port < 0 || port > 65535) {
      throw new Failure(Failure.Kind.INVALID, "port " + port + " is not within 0 to 65535");
    }
    if (user == null || user.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "NETCONF needs a user");
    }
    keys(authorizedKeys);
  }

  /** Access by password on a free port of this machine, with a new host key. */
  public static Access byPassword(String user, String password) {
    return new Access("127.0.0.1", 0, user, password, List.of(), "");
  }

  /**
   * Throws unless somebody can get in at all; a description may leave that to whoever starts it.
   */
  Access usable() {
    if (password.isEmpty() && authorizedKeys.isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID, "NETCONF for " + user + " needs a password or authorizedKeys");
    }
    return this;
  }

  /** The same at another port. */
  Access at(int otherPort) {
    return new Access(listen, otherPort, user, password, authorizedKeys, hostKeyFile);
  }

  boolean opens(String name, String word) {
    return name.equals(user)
        && !password.isEmpty()
        && MessageDigest.isEqual(
            word.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8));
  }

  boolean opens(String name, PublicKey key) {
    return name.equals(user)
        && keys(authorizedKeys).stream().anyMatch(known -> KeyUtils.compareKeys(known, key));
  }

  Optional<Path> hostKey() {
    return hostKeyFile.isEmpty() ? Optional.empty() : Optional.of(Path.of(hostKeyFile));
  }

  @Override
  public String toString() {
    return user + "@" + listen + ":" + port;
  }

  private static List<PublicKey> keys(List<String> lines) {
    List<PublicKey> keys = new ArrayList<>();
    for (String line : lines) {
      try {
        keys.add(AuthorizedKeyEntry.parseAuthorizedKeyEntry(line).resolvePublicKey(null, null));
      } catch (IOException | GeneralSecurityException | RuntimeException e) {
        throw new Failure(
            Failure.Kind.INVALID, "'" + line + "' is no SSH public key: " + Failure.text(e), e);
      }
    }
    return keys;
  }
}
