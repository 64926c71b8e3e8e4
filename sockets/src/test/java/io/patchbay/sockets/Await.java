package io.patchbay.sockets;

import io.patchbay.base.Time;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits in tests until something is so. */
final class Await {
  private static final Duration MOST = Duration.ofSeconds(20);

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    Time time = Time.system();
    long deadline = time.nanos() + MOST.toNanos();
    while (!condition.getAsBoolean()) {
      if (time.nanos() - deadline > 0) {
        throw new AssertionError("not so within " + MOST + ": " + what);
      }
      try {
        time.sleep(Duration.ofMillis(5));
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted while waiting: " + what, e);
      }
    }
  }
}
