package io.patchbay.cli.demo;

import io.patchbay.base.Time;
import java.time.Duration;

/** The end of something that lasts only so long. Safe for all threads. */
final class Deadline {
  private final Time time;
  private final Duration whole;
  private final long end;

  private Deadline(Duration whole, Time time) {
    this.time = time;
    this.whole = whole;
    this.end = time.nanos() + whole.toNanos();
  }

  /** Begins now. */
  static Deadline in(Duration whole, Time time) {
    return new Deadline(whole, time);
  }

  /** Until the end; zero or less when it has passed. */
  Duration left() {
    return Duration.ofNanos(end - time.nanos());
  }

  /** Since the beginning. */
  Duration spent() {
    return whole.minus(left());
  }
}
