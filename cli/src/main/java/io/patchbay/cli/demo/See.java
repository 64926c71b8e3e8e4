package io.patchbay.cli.demo;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Supplier;

/** The demonstration's checks: each says what was wanted and what was seen. */
final class See {
  private See() {}

  /** Throws unless it holds. */
  static void that(boolean holds, String wanted, Object seen) {
    if (!holds) {
      throw new Failure(Failure.Kind.INTERNAL, "wanted " + wanted + ", saw " + seen);
    }
  }

  /** Throws unless both are equal. */
  static void equal(Object wanted, Object seen, String what) {
    that(wanted.equals(seen), what + " " + wanted, seen);
  }

  /** Throws unless nothing is left in it. */
  static void none(Collection<?> left, String what) {
    that(left.isEmpty(), "no " + what, left);
  }

  /** Waits until both are equal; throws with what was seen last. */
  static <T> void becomes(T wanted, Supplier<T> seen, String what, Duration atMost) {
    if (!Await.comesTrue(atMost, () -> wanted.equals(seen.get()))) {
      equal(wanted, seen.get(), what);
    }
  }
}
