package io.patchbay.systemtest;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.nic.Witness;
import io.patchbay.linux.LinkEvents;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What can be seen from outside of a manager at work: writes to sysfs and messages to PFs, each
 * before and after it is done, links that change, and its journals as they grow and are replaced.
 * One of them can be made its last.
 */
final class Acts implements Witness, AutoCloseable {
  private static final long GLANCE_NANOS = 50_000;
  private static final List<String> FILES =
      List.of("ledger", "ledger.next", "sessions", "sessions.next");

  private final Runnable last;
  private final Stack opened = new Stack();

  @GuardedBy("this")
  private int left = -1;

  @GuardedBy("this")
  private Predicate<String> counted = act -> true;

  @GuardedBy("this")
  private Optional<String> end = Optional.empty();

  /**
   * @param last what is done at the last act, on the thread that sees it
   */
  Acts(Runnable last) {
    this.last = last;
  }

  /**
   * Makes one of the acts from now on the last.
   *
   * @param number 0 for the next one
   * @param counted which acts count
   */
  synchronized void endAt(int number, Predicate<String> counted) {
    left = number;
    this.counted = counted;
    end = Optional.empty();
  }

  /** The last act, if it has come. */
  synchronized Optional<String> end() {
    return end;
  }

  /** No act is the last any more. */
  synchronized void endNowhere() {
    left = -1;
  }

  private synchronized boolean isLast(String act) {
    if (left < 0 || !counted.test(act) || left-- > 0) {
      return false;
    }
    end = Optional.of(act);
    last.run();
    return true;
  }

  @Override
  public void before(String act) {
    if (isLast("before " + act)) {
      throw Errno.EIO.failure(act);
    }
  }

  @Override
  public void after(String act) {
    var unused = isLast("after " + act);
  }

  /** Sees the links of a namespace change. */
  void watch(String name, NetworkNamespace namespace) {
    LinkEvents events = opened.push(namespace.links().subscribe());
    Thread thread = Thread.ofPlatform().daemon().start(() -> watch(name, events));
    opened.push(() -> end(thread));
  }

  private void watch(String name, LinkEvents events) {
    while (!Thread.interrupted()) {
      try {
        events
            .next(Duration.ofMillis(100))
            .ifPresent(event -> isLast("in " + name + " " + event.getClass().getSimpleName()));
      } catch (Failure interrupted) {
        return;
      }
    }
  }

  /** Sees the journals in a folder grow and change. */
  void watch(Path folder) {
    Thread thread = Thread.ofPlatform().daemon().start(() -> poll(folder));
    opened.push(() -> end(thread));
  }

  private static void end(Thread thread) throws InterruptedException {
    thread.interrupt();
    thread.join();
  }

  /** Looks often enough to come before what a process does once it has waited for its disk. */
  private void poll(Path folder) {
    List<Journal> journals = FILES.stream().map(file -> new Journal(folder.resolve(file))).toList();
    while (!Thread.interrupted()) {
      for (Journal journal : journals) {
        journal.change().ifPresent(this::isLast);
      }
      LockSupport.parkNanos(GLANCE_NANOS);
    }
  }

  /** A file, and how it was when it was last looked at. */
  private static final class Journal {
    private record Look(boolean there, long size, Object key) {}

    private final Path file;
    private Look before;

    Journal(Path file) {
      this.file = file;
      before = look();
    }

    private Look look() {
      try {
        var found = Files.readAttributes(file, BasicFileAttributes.class);
        return new Look(true, found.size(), found.fileKey());
      } catch (NoSuchFileException e) {
        return new Look(false, 0, "");
      } catch (IOException e) {
        throw new Failure(Failure.Kind.INTERNAL, file + ": " + Failure.text(e), e);
      }
    }

    Optional<String> change() {
      Look now = look();
      Look earlier = before;
      before = now;
      if (now.equals(earlier)) {
        return Optional.empty();
      }
      String what =
          Stream.of(
                  now.there() ? "" : "goes",
                  now.there() && !now.key().equals(earlier.key()) ? "is new" : "",
                  now.size() > earlier.size() ? "grows" : "")
              .filter(word -> !word.isEmpty())
              .findFirst()
              .orElse("shrinks");
      return Optional.of(file.getFileName() + " " + what);
    }
  }

  @Override
  public void close() {
    opened.close();
  }
}
