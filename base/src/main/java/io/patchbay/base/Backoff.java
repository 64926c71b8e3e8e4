package io.patchbay.base;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The pace of retries: doubles from {@code first} up to {@code most}, each pause shortened by a
 * random part of up to one half so that many who fail together do not come back together.
 */
public record Backoff(Duration first, Duration most) {
  public Backoff {
    if (first.isNegative() || first.isZero() || most.compareTo(first) < 0) {
      throw new IllegalArgumentException("backoff from " + first + " to " + most);
    }
  }

  /** The pause after the given number of failures in a row; 1 is the first. */
  public Duration pause(int failures) {
    int doublings = Math.min(Math.max(failures, 1) - 1, 30);
    long nanos = Math.min(saturatedShift(first.toNanos(), doublings), most.toNanos());
    return Duration.ofNanos(nanos - ThreadLocalRandom.current().nextLong(nanos / 2 + 1));
  }

  private static long saturatedShift(long nanos, int doublings) {
    return nanos > (Long.MAX_VALUE >> doublings) ? Long.MAX_VALUE : nanos << doublings;
  }
}
