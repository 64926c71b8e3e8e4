package io.patchbay.mesh;

import io.patchbay.base.Url;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;

/**
 * A file that this process names by its path, opened to be sent: with O_PATH, as upstream's peers
 * expect it, since a socket cannot be opened otherwise.
 */
public record OwnFile(int descriptor, Identity identity) implements AutoCloseable {
  /** Whether a mechanism's URL names a file of its own process by its path. */
  static boolean is(String url) {
    return url.startsWith("file://");
  }

  /** Opens the file of a {@code file://} or {@code unix://} URL. Throws Failure without it. */
  public static OwnFile open(String url) {
    int descriptor = Descriptor.openPath(Url.parse(url).path());
    return new OwnFile(descriptor, Descriptor.identify(descriptor));
  }

  /** The inode URL that a file's URL stands for; any other URL as it is. Throws as open does. */
  public static String onTheWire(String url) {
    if (!is(url)) {
      return url;
    }
    try (OwnFile file = open(url)) {
      return file.url();
    }
  }

  /** {@code inode://dev/ino}. */
  public String url() {
    return identity.toString();
  }

  @Override
  public void close() {
    Descriptor.close(descriptor);
  }
}
