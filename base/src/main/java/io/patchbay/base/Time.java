package io.patchbay.base;

import java.time.Duration;
import java.time.Instant;

/**
 * Clock and timer, handed to whatever needs to know or to wait. Production has one, {@link
 * #system()}; tests have {@link FakeTime}. Safe for all threads.
 */
public interface Time {
  /** A task that will run later, unless it is cancelled first. */
  @FunctionalInterface
  interface Timer {
    /** Makes sure the task does not start any more; does nothing once it has. */
    void cancel();
  }

  /** Wall clock: for what is written down or sent. */
  Instant now();

  /** Monotonic nanoseconds from an arbitrary start: for measuring how long something took. */
  long nanos();

  /** Waits, or ends early with the interrupt. */
  void sleep(Duration duration) throws InterruptedException;

  /**
   * Runs a task once after a delay on a virtual thread of its own; a delay of zero or less means
   * now. A task that throws is logged and forgotten.
   */
  Timer schedule(Duration delay, Runnable task);

  /** The machine's own time. */
  static Time system() {
    return SystemTime.INSTANCE;
  }
}
