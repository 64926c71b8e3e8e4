package io.patchbay.sriovmanager;

import io.patchbay.base.Time;
import java.time.Duration;

/**
 * Whether a link can be relied on. Without carrier it cannot, from that moment on; once it has
 * carrier again, only after it has kept it for a time that doubles with each loss, up to {@value
 * #LONGEST} times the first. A link that has kept its carrier for that longest time is forgiven its
 * losses. What it is found to be at first is believed: a process that has just started must not
 * call a good link bad.
 *
 * <p>Not safe for several threads. It knows only what it was told: see {@link #saw}.
 */
final class Damping {
  private static final int LONGEST = 30;

  private final Time time;
  private final Duration first;
  private boolean known;
  private boolean carrier;
  private boolean reliable;
  private long since;
  private int losses;

  /**
   * @param first how long the carrier must hold after one loss; zero: not at all
   */
  Damping(Time time, Duration first) {
    this.time = time;
    this.first = first;
  }

  /** The link was looked at just now. */
  void saw(boolean now) {
    settle();
    if (known && now == carrier) {
      return;
    }
    losses += known && !now ? 1 : 0;
    reliable = now && (!known || mustHold().isZero());
    known = true;
    carrier = now;
    since = time.nanos();
  }

  private void settle() {
    reliable |= carrier && held().compareTo(mustHold()) >= 0;
    if (reliable && held().compareTo(longest()) >= 0) {
      losses = 0;
    }
  }

  /** Whether it could be relied on when it was last looked at. */
  boolean reliable() {
    return reliable;
  }

  /** How long the carrier must hold after its last loss. */
  Duration mustHold() {
    Duration hold = first;
    for (int i = 1; i < losses && hold.compareTo(longest()) < 0; i++) {
      hold = hold.multipliedBy(2);
    }
    return hold.compareTo(longest()) < 0 ? hold : longest();
  }

  private Duration longest() {
    return first.multipliedBy(LONGEST);
  }

  private Duration held() {
    return Duration.ofNanos(time.nanos() - since);
  }

  /** How soon a look may find it reliable again: what is left of the wait, else a day. */
  Duration left() {
    if (!carrier || reliable) {
      return Duration.ofDays(1);
    }
    Duration left = mustHold().minus(held());
    return left.isNegative() ? Duration.ZERO : left;
  }
}
