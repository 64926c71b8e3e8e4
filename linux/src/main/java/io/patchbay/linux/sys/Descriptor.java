package io.patchbay.linux.sys;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;

/**
 * An open file descriptor. Safe for all threads: closing wakes whoever waits in {@link #await}, and
 * the number goes back to the kernel only when the last call on it has returned, so that it can
 * never mean another file by then.
 */
public final class Descriptor implements AutoCloseable {
  /** How a wait ended. */
  public enum Readiness {
    /** There is something to read, or an error to collect by reading. */
    READABLE,
    /** The time is over. */
    TIMED_OUT,
    /** The descriptor was closed meanwhile. */
    CLOSED
  }

  /** A native call on the number; negative means look at errno. */
  @FunctionalInterface
  interface Call {
    long on(int number);
  }

  /** Access modes and flags of open(2), from {@code asm-generic/fcntl.h}. */
  public static final int READ_ONLY = 0;

  public static final int WRITE_ONLY = 1;
  public static final int READ_WRITE = 2;
  private static final int CLOEXEC = 0x80000;
  private static final int EVENTFD_NONBLOCK = 0x800;
  private static final short POLLIN = 1;
  private static final byte[] ONE =
      ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(1).array();

  private final int number;
  private final int waker;
  private final String name;

  @GuardedBy("this")
  private int users = 1;

  @GuardedBy("this")
  private boolean closed;

  private Descriptor(int number, int waker, String name) {
    this.number = number;
    this.waker = waker;
    this.name = name;
  }

  /** Opens a file with one of the access modes; close-on-exec is added. */
  public static Descriptor open(Path path, int mode) {
    String attempt = "open " + path;
    return new Descriptor(
        check(attempt, Libc.open(path.toString(), mode | CLOEXEC, 0)), -1, attempt);
  }

  /** Takes over what a native call has opened, or throws what it reported. */
  static Descriptor adopt(String attempt, int result) {
    return new Descriptor(check(attempt, result), -1, attempt);
  }

  /** The same descriptor, whose close also wakes a thread that waits without an end. */
  public Descriptor wakeable() {
    int event = Libc.eventfd(0, CLOEXEC | EVENTFD_NONBLOCK);
    if (event < 0) {
      Failure failure = Errno.failure(Errno.last(), "eventfd for " + name);
      close();
      throw failure;
    }
    return new Descriptor(number, event, name);
  }

  /** The number, for messages that carry it; the caller keeps this open meanwhile. */
  public synchronized int number() {
    if (closed) {
      throw new IllegalStateException("used after close: " + name);
    }
    return number;
  }

  /** Runs a native call, again when a signal interrupts it, and turns errno into a failure. */
  long call(String attempt, Call call) {
    enter();
    try {
      while (true) {
        long result = call.on(number);
        if (result >= 0) {
          return result;
        }
        int errno = Errno.last();
        if (errno != Errno.EINTR.code()) {
          throw Errno.failure(errno, attempt);
        }
      }
    } finally {
      leave();
    }
  }

  /** An ioctl whose argument is a structure, read and written in place. */
  public long ioctl(String attempt, long request, byte[] argument) {
    return call(attempt, fd -> Libc.ioctl(fd, request, argument));
  }

  /** An ioctl without argument that answers with a new descriptor, which is the caller's. */
  public Descriptor opened(String attempt, long request) {
    return adopt(attempt, (int) ioctl(attempt, request, new byte[0]));
  }

  /** Reads what is there into the array, blocking; the number of bytes, 0 at the end. */
  public int read(byte[] into) {
    return (int) call("read " + name, fd -> Libc.read(fd, into, into.length));
  }

  /** Writes the first {@code length} bytes, in one call. */
  public int write(byte[] from, int length) {
    return (int) call("write " + name, fd -> Libc.write(fd, from, length));
  }

  /** Waits until there is something to read, at most so long (milliseconds are the grain). */
  public Readiness await(Duration timeout) {
    synchronized (this) {
      if (closed) {
        return Readiness.CLOSED;
      }
      users++;
    }
    try {
      byte[] polled = pollfds();
      int ready = Libc.poll(polled, waker < 0 ? 1 : 2, millis(timeout));
      int errno = ready < 0 ? Errno.last() : 0;
      if (errno != 0 && errno != Errno.EINTR.code()) {
        throw Errno.failure(errno, "poll " + name);
      }
      return readiness(ready, polled);
    } finally {
      leave();
    }
  }

  private synchronized Readiness readiness(int ready, byte[] polled) {
    if (closed) {
      return Readiness.CLOSED;
    }
    boolean readable = ready > 0 && ByteBuffer.wrap(polled).getShort(6) != 0;
    return readable ? Readiness.READABLE : Readiness.TIMED_OUT;
  }

  /** Two {@code struct pollfd} of {@code asm-generic/poll.h}; the second one is the waker. */
  private byte[] pollfds() {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.nativeOrder())
        .putInt(number)
        .putShort(POLLIN)
        .putShort((short) 0)
        .putInt(waker)
        .putShort(POLLIN)
        .putShort((short) 0)
        .array();
  }

  private static int millis(Duration timeout) {
    long millis = timeout.plusNanos(999_999).toMillis();
    return (int) Math.clamp(millis, 0, Integer.MAX_VALUE);
  }

  private synchronized void enter() {
    if (closed) {
      throw new Failure(Failure.Kind.UNAVAILABLE, name + ": closed meanwhile");
    }
    users++;
  }

  private synchronized void leave() {
    if (--users == 0) {
      Libc.close(number);
      if (waker >= 0) {
        Libc.close(waker);
      }
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (waker >= 0 && users > 1) {
        Libc.write(waker, ONE, ONE.length);
      }
    }
    leave();
  }

  private static int check(String attempt, int result) {
    if (result < 0) {
      throw Errno.failure(Errno.last(), attempt);
    }
    return result;
  }

  @Override
  public String toString() {
    return name;
  }
}
