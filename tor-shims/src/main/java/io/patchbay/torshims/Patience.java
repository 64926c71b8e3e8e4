package io.patchbay.torshims;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a driver waits, in one change, for others who have what it needs: ever longer from one
 * try to the next, each wait of a random length, so that those who wait for the same do not come
 * together. One thread.
 */
public final class Patience {
  private static final Logger log = LoggerFactory.getLogger(Patience.class);
  private static final Backoff WAIT = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

  private final String who;
  private final Time time;
  private final long end;

  /**
   * Of a change that begins now.
   *
   * @param who the switch, as its messages begin
   * @param most how long all waits may take together
   */
  public Patience(String who, Time time, Duration most) {
    this.who = who;
    this.time = time;
    this.end = time.nanos() + most.toNanos();
  }

  /**
   * Waits before the next try. False at once when there is no time for it. Throws {@link Failure}
   * of kind UNAVAILABLE when it is interrupted.
   *
   * @param tries so many have been refused; 1 is the first
   * @param refusal the last one, which says who is in the way where the switch does
   */
  public boolean outlasts(int tries, Failure refusal) {
    Duration pause = WAIT.pause(tries);
    if (time.nanos() + pause.toNanos() - end > 0) {
      return false;
    }
    if (tries == 1) {
      log.info("{}; waiting", Failure.text(refusal));
    }
    try {
      time.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, who + ": interrupted in a wait", e);
    }
    return true;
  }
}
