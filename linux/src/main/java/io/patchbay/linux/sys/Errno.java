package io.patchbay.linux.sys;

import com.sun.jna.Native;
import io.patchbay.base.Failure;
import io.patchbay.base.Failure.Kind;
import java.util.Optional;

/**
 * Why the kernel refused, with the numbers of {@code asm-generic/errno-base.h} and {@code
 * asm-generic/errno.h}. A {@link Failure} made here keeps its errno: {@link #behind} finds it
 * again.
 */
public enum Errno {
  EPERM(1, Kind.DENIED, "Operation not permitted"),
  ENOENT(2, Kind.NOT_FOUND, "No such file or directory"),
  ESRCH(3, Kind.NOT_FOUND, "No such process"),
  EINTR(4, Kind.UNAVAILABLE, "Interrupted system call"),
  EIO(5, Kind.UNAVAILABLE, "Input/output error"),
  ENXIO(6, Kind.NOT_FOUND, "No such device or address"),
  EBADF(9, Kind.INTERNAL, "Bad file descriptor"),
  EAGAIN(11, Kind.UNAVAILABLE, "Resource temporarily unavailable"),
  ENOMEM(12, Kind.EXHAUSTED, "Cannot allocate memory"),
  EACCES(13, Kind.DENIED, "Permission denied"),
  EFAULT(14, Kind.INTERNAL, "Bad address"),
  EBUSY(16, Kind.CONFLICT, "Device or resource busy"),
  EEXIST(17, Kind.CONFLICT, "File exists"),
  ENODEV(19, Kind.NOT_FOUND, "No such device"),
  ENOTDIR(20, Kind.INVALID, "Not a directory"),
  EISDIR(21, Kind.INVALID, "Is a directory"),
  EINVAL(22, Kind.INVALID, "Invalid argument"),
  ENFILE(23, Kind.EXHAUSTED, "Too many open files in system"),
  EMFILE(24, Kind.EXHAUSTED, "Too many open files"),
  ENOTTY(25, Kind.INVALID, "Inappropriate ioctl for device"),
  ENOSPC(28, Kind.EXHAUSTED, "No space left on device"),
  EROFS(30, Kind.DENIED, "Read-only file system"),
  EPIPE(32, Kind.UNAVAILABLE, "Broken pipe"),
  ERANGE(34, Kind.INVALID, "Numerical result out of range"),
  ENAMETOOLONG(36, Kind.INVALID, "File name too long"),
  ENOSYS(38, Kind.UNSUPPORTED, "Function not implemented"),
  EBADFD(77, Kind.CONFLICT, "File descriptor in bad state"),
  EMSGSIZE(90, Kind.INVALID, "Message too long"),
  EPROTONOSUPPORT(93, Kind.UNSUPPORTED, "Protocol not supported"),
  EOPNOTSUPP(95, Kind.UNSUPPORTED, "Operation not supported"),
  EAFNOSUPPORT(97, Kind.UNSUPPORTED, "Address family not supported by protocol"),
  EADDRINUSE(98, Kind.CONFLICT, "Address already in use"),
  EADDRNOTAVAIL(99, Kind.NOT_FOUND, "Cannot assign requested address"),
  ENETDOWN(100, Kind.UNAVAILABLE, "Network is down"),
  ENETUNREACH(101, Kind.UNAVAILABLE, "Network is unreachable"),
  ECONNRESET(104, Kind.UNAVAILABLE, "Connection reset by peer"),
  ENOBUFS(105, Kind.UNAVAILABLE, "No buffer space available"),
  ENOTCONN(107, Kind.UNAVAILABLE, "Transport endpoint is not connected"),
  ETIMEDOUT(110, Kind.TIMEOUT, "Connection timed out"),
  ECONNREFUSED(111, Kind.UNAVAILABLE, "Connection refused"),
  EHOSTDOWN(112, Kind.UNAVAILABLE, "Host is down"),
  EHOSTUNREACH(113, Kind.UNAVAILABLE, "No route to host"),
  /** Any number that is not listed; the text of the failure has the number. */
  OTHER(0, Kind.INTERNAL, "an error without a name here");

  /** The errno itself, as the cause of the {@link Failure} that callers see. */
  private static final class KernelError extends Exception {
    private static final long serialVersionUID = 1L;
    private final Errno errno;

    KernelError(Errno errno) {
      super(errno.toString(), null, false, false);
      this.errno = errno;
    }
  }

  private final int code;
  private final Kind kind;
  private final String text;

  Errno(int code, Kind kind, String text) {
    this.code = code;
    this.kind = kind;
    this.text = text;
  }

  /** The kernel's number for it, positive; 0 for {@link #OTHER}. */
  public int code() {
    return code;
  }

  /** The errno with this positive number, or {@link #OTHER}. */
  public static Errno of(int code) {
    for (Errno errno : values()) {
      if (errno.code == code) {
        return errno;
      }
    }
    return OTHER;
  }

  /** The errno that made this throwable, if the kernel's refusal was the reason. */
  public static Optional<Errno> behind(Throwable problem) {
    return problem.getCause() instanceof KernelError error
        ? Optional.of(error.errno)
        : Optional.empty();
  }

  /** Whether this errno made the throwable. */
  public boolean isBehind(Throwable problem) {
    return behind(problem).filter(this::equals).isPresent();
  }

  /** The failure that says what was attempted and that this came back. */
  public Failure failure(String attempt) {
    return new Failure(kind, attempt + ": " + this, new KernelError(this));
  }

  /** The failure for a number that came from outside, known here or not. */
  public static Failure failure(int code, String attempt) {
    Errno errno = of(code);
    return errno.failure(errno == OTHER ? attempt + ": errno " + code : attempt);
  }

  /** The same failure, with what the kernel says about it beyond the number. */
  public static Failure explained(Failure failure, String explanation) {
    return new Failure(
        failure.kind(), failure.getMessage() + ": " + explanation, failure.getCause());
  }

  /** What the calling thread's last native call left; only right after that call. */
  static int last() {
    return Native.getLastError();
  }

  @Override
  public String toString() {
    return name() + " (" + text + ")";
  }
}
