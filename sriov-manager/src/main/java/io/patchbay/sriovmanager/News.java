package io.patchbay.sriovmanager;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** That a VF's affairs have changed, for those who wait or want to be called. Thread-safe. */
final class News {
  private final Time time;
  private final List<Consumer<PciAddress>> listeners = new CopyOnWriteArrayList<>();

  @GuardedBy("this")
  private long version;

  News(Time time) {
    this.time = time;
  }

  /** Calls a listener at each change from now on, on the thread that made it; it must not block. */
  void onChange(Runnable listener) {
    onChange(vf -> listener.run());
  }

  /** The same for one who wants to know which VF it is. */
  void onChange(Consumer<PciAddress> listener) {
    listeners.add(listener);
  }

  /** How many changes there were. */
  synchronized long version() {
    return version;
  }

  /** Something about this VF has changed. */
  void tell(PciAddress vf) {
    wake();
    listeners.forEach(listener -> listener.accept(vf));
  }

  /** Has all who wait look again, as at a change. */
  synchronized void wake() {
    version++;
    notifyAll();
  }

  /** Waits until there were more changes than {@code seen}, for so long at most, or less long. */
  synchronized void await(long seen, Duration atMost) {
    try {
      if (version == seen && atMost.toMillis() > 0) {
        wait(atMost.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for VFs", e);
    }
  }

  /**
   * Waits until there were more changes than {@code seen}. Throws {@link Failure}: TIMEOUT when the
   * deadline passes first.
   */
  synchronized void await(long seen, Instant deadline, String what) {
    try {
      while (version == seen) {
        long millis = time.now().until(deadline, java.time.temporal.ChronoUnit.MILLIS);
        if (millis <= 0) {
          throw new Failure(Failure.Kind.TIMEOUT, "waited in vain: " + what);
        }
        wait(millis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted: " + what, e);
    }
  }
}
