package io.patchbay.sockets;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.patchbay.base.Failure;
import io.patchbay.base.PrivateFolder;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a unix listener: made ready before binding, given its permissions after it, and
 * removed at the end, unless another server has put its own there meanwhile (contracts/nsm.md
 * section 3).
 */
record SocketFile(Path path, Object key) {
  static {
    // The plain sockets below are Netty's own, which needs its library before the first of them.
    Epoll.ensureAvailability();
  }

  /** Who may make use of a socket. */
  enum Access {
    /** Pods of all users come to it (contracts/nsm.md section 3). */
    EVERYBODY("rwxrwxrwx"),
    /** Its folder is made for the owner alone, so that nobody slips in before its mode is set. */
    OWNER("rw-------");

    private final String permissions;

    Access(String permissions) {
      this.permissions = permissions;
    }
  }

  /** Longest path that fits a socket address with its closing zero (unix(7)). */
  private static final int PATH_BYTES = 107;

  private static final Logger log = LoggerFactory.getLogger(SocketFile.class);

  /**
   * Makes the folder, and removes what a dead server left. Throws {@link Failure}: INVALID for a
   * path that is too long, CONFLICT if somebody serves there or it is no socket.
   *
   * @return the folder, if there was none before: for {@link #removeFolder} at the end
   */
  static Optional<Path> prepare(Path path, Access access) throws IOException {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > PATH_BYTES) {
      throw new Failure(
          Failure.Kind.INVALID,
          "the path has " + length + " bytes; a socket's path has at most " + PATH_BYTES);
    }
    Optional<Path> missing =
        Optional.ofNullable(path.toAbsolutePath().getParent())
            .filter(folder -> !Files.exists(folder));
    if (missing.isPresent()) {
      switch (access) {
        case EVERYBODY -> Files.createDirectories(missing.get());
        case OWNER -> PrivateFolder.make(missing.get());
      }
    }
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      refuseIfUsed(path);
      Files.delete(path);
    }
    return missing;
  }

  /** Removes a folder that was made for a socket, unless something else is in it by now. */
  static void removeFolder(Path folder) {
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      log.debug("{} is left: others use it", folder);
    } catch (IOException e) {
      log.warn("cannot remove the folder {}: {}", folder, Failure.text(e));
    }
  }

  /** The file of a listener that has just been bound to this path, now open to whom it may be. */
  static SocketFile bound(Path path, Access access) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(access.permissions));
    return new SocketFile(path, key(path));
  }

  /** Removes the file if it is still the one that was bound. To be called while listening. */
  void remove() {
    try {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && key(path).equals(key)) {
        Files.delete(path);
      }
    } catch (IOException e) {
      log.warn("cannot remove the socket file {}: {}", path, Failure.text(e));
    }
  }

  private static Object key(Path path) throws IOException {
    return Objects.requireNonNull(attributes(path).fileKey());
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static void refuseIfUsed(Path path) throws IOException {
    if (!attributes(path).isOther()) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          "there is a file that is not a socket; remove it or choose another");
    }
    Socket probe = Socket.newSocketDomain();
    try {
      probe.connect(new DomainSocketAddress(path.toString()));
      int pid = PeerCredentials.of(probe).pid();
      throw new Failure(Failure.Kind.CONFLICT, "process " + pid + " already serves there");
    } catch (ConnectException e) {
      log.info("removing {}: nobody listens on it any more", path);
    } finally {
      probe.close();
    }
  }
}
