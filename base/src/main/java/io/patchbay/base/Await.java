package io.patchbay.base;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Waits for a condition that announces itself to nobody: a file of another process, a device of the
 * kernel. Looks after 1 ms, then ever less often, every 50 ms at most.
 */
public final class Await {
  private static final Duration SLOWEST = Duration.ofMillis(50);

  private Await() {}

  /**
   * Returns once the condition holds. Throws {@link Failure} of kind TIMEOUT saying {@code what}
   * did not come true, or of kind UNAVAILABLE when interrupted.
   */
  public static void until(String what, Duration atMost, BooleanSupplier condition) {
    if (!comesTrue(atMost, condition)) {
      throw new Failure(
          Failure.Kind.TIMEOUT, "after " + atMost.toMillis() + " ms still not: " + what);
    }
  }

  /** Whether the condition holds now or comes true in time. */
  public static boolean comesTrue(Duration atMost, BooleanSupplier condition) {
    Time time = Time.system();
    long end = time.nanos() + atMost.toNanos();
    Duration pause = Duration.ofMillis(1);
    while (!condition.getAsBoolean()) {
      if (time.nanos() - end >= 0) {
        return false;
      }
      try {
        time.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting", e);
      }
      pause = pause.multipliedBy(2).compareTo(SLOWEST) > 0 ? SLOWEST : pause.multipliedBy(2);
    }
    return true;
  }
}
