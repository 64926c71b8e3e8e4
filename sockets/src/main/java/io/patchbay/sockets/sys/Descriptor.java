package io.patchbay.sockets.sys;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.patchbay.base.Failure;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Verbs on plain file descriptors. Whoever gets one from here closes it. Failures have kind
 * EXHAUSTED when this process has no descriptors left, else UNAVAILABLE.
 */
public final class Descriptor {
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int O_PATH = 0x200000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int EMFILE = 24;
  private static final int STAT_BYTES = 256;

  /** What a descriptor stands for, whichever number it has: device and inode (fstat(2)). */
  public record Identity(long device, long inode) {
    private static final Pattern URL =
        Pattern.compile("inode://(0|[1-9]\\d{0,17})/(0|[1-9]\\d{0,17})");

    /**
     * What a URL {@code inode://dev/ino} names (contracts/nsm.md section 5); empty for others, and
     * for one that {@link #toString} would write in another way: whoever compares texts must not be
     * deceived.
     */
    public static Optional<Identity> parse(String url) {
      Matcher numbers = URL.matcher(url);
      return numbers.matches()
          ? Optional.of(
              new Identity(Long.parseLong(numbers.group(1)), Long.parseLong(numbers.group(2))))
          : Optional.empty();
    }

    /** As it stands in a URL. */
    @Override
    public String toString() {
      return "inode://" + device + "/" + inode;
    }
  }

  private Descriptor() {}

  /** Opens a path without reading or connecting: for sockets and files to be named by inode. */
  public static int openPath(String path) {
    return checked("open " + path, LibC.open(path, O_PATH | O_CLOEXEC));
  }

  /** A second descriptor for the same open file, closed on exec. */
  public static int duplicate(int descriptor) {
    return checked(
        "duplicate descriptor " + descriptor, LibC.fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  }

  /** What this descriptor stands for. Works on O_PATH descriptors too. */
  public static Identity identify(int descriptor) {
    try (Memory stat = new Memory(STAT_BYTES)) {
      checked("fstat descriptor " + descriptor, LibC.fstat(descriptor, Pointer.nativeValue(stat)));
      return new Identity(stat.getLong(0), stat.getLong(8));
    }
  }

  /** Closes a descriptor. Linux has closed it whatever close(2) answers, so that is not asked. */
  @SuppressWarnings("CheckReturnValue")
  public static void close(int descriptor) {
    LibC.close(descriptor);
  }

  private static int checked(String what, int result) {
    if (result >= 0) {
      return result;
    }
    int errno = -Errno.lastNegated();
    Failure.Kind kind = errno == EMFILE ? Failure.Kind.EXHAUSTED : Failure.Kind.UNAVAILABLE;
    throw new Failure(kind, "cannot " + what + ": " + Errno.text(errno));
  }
}
