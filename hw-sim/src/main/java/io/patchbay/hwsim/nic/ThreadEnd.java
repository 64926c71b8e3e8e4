package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import java.time.Duration;

/** Waits for threads that have been told to end, so that a close leaves none behind. */
final class ThreadEnd {
  private static final Duration AT_MOST = Duration.ofSeconds(10);

  private ThreadEnd() {}

  /** Throws {@link Failure} of kind TIMEOUT if it goes on, UNAVAILABLE if interrupted. */
  static void await(Thread ending) {
    try {
      if (!ending.join(AT_MOST)) {
        throw new Failure(Failure.Kind.TIMEOUT, ending.getName() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "interrupted while " + ending.getName() + " ends", e);
    }
  }
}
