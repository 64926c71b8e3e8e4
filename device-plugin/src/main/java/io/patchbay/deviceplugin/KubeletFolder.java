package io.patchbay.deviceplugin;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder that the kubelet and device plugins share: the kubelet's own socket, in the one where it
 * is called, and the names of ours, which differ from process to process so that an old one that is
 * still there does no harm.
 */
record KubeletFolder(Path path, String process) {
  private static final Logger log = LoggerFactory.getLogger(KubeletFolder.class);
  private static final String PREFIX = "patchbay-";

  /** Socket paths have 107 bytes at most; this much of the name is left readable. */
  private static final int NAME_CHARACTERS = 24;

  static KubeletFolder of(Path path) {
    return new KubeletFolder(
        path, HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()));
  }

  Path kubeletSocket() {
    return path.resolve("kubelet.sock");
  }

  /** Tells one life of the kubelet from the next; empty while there is none. */
  Optional<String> kubelet() {
    return identity(kubeletSocket());
  }

  /** Tells one file of a name from the next one of the same name. */
  static Optional<String> identity(Path file) {
    return attributes(file).map(found -> found.fileKey() + "@" + found.lastModifiedTime());
  }

  /** When a file was made or last written. */
  static Optional<Instant> since(Path file) {
    return attributes(file).map(found -> found.lastModifiedTime().toInstant());
  }

  private static Optional<BasicFileAttributes> attributes(Path file) {
    try {
      return Optional.of(
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException absent) {
      return Optional.empty(); // whatever the reason, nobody can be reached there now
    }
  }

  /** Where the socket of a resource name is put. */
  Path socket(String resource) {
    CRC32 hash = new CRC32();
    hash.update(resource.getBytes(StandardCharsets.UTF_8));
    String readable = resource.replaceAll("[^A-Za-z0-9.-]", "_");
    readable = readable.substring(0, Math.min(NAME_CHARACTERS, readable.length()));
    return path.resolve("%s%s-%08x-%s.sock".formatted(PREFIX, readable, hash.getValue(), process));
  }

  /** Removes the sockets of earlier processes that nobody serves any more. */
  void sweep() {
    if (!Files.isDirectory(path)) {
      return;
    }
    try (DirectoryStream<Path> ours = Files.newDirectoryStream(path, "{,.}" + PREFIX + "*.sock")) {
      for (Path socket : ours) {
        if (!served(socket)) {
          Files.deleteIfExists(socket);
        }
      }
    } catch (IOException e) {
      log.warn("cannot remove old sockets from {}: {}", path, Failure.text(e));
    }
  }

  private static boolean served(Path socket) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException refused) {
      return false;
    }
  }
}
