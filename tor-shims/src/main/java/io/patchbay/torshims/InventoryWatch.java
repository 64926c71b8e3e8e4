package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again whether the shim's files say anything else. Files that cannot be right, as
 * while somebody is writing them, are told once and change nothing.
 */
final class InventoryWatch implements AutoCloseable {
  private static final Backoff AGAIN = new Backoff(Duration.ofMinutes(1), Duration.ofMinutes(30));
  private static final Logger log = LoggerFactory.getLogger(InventoryWatch.class);

  private final Supplier<Inventory> reading;
  private final Predicate<Inventory> news;
  private final Time time;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private Time.Timer next = () -> {};

  /** Of one look at a time. */
  private String problem = "";

  /** What could not be followed, and when it is tried again: that costs seconds without service. */
  private Optional<Inventory> refused = Optional.empty();

  private Instant again = Instant.MIN;

  /** How often in a row. */
  private int vain;

  /**
   * @param reading throws {@link Failure} where the files are not right
   * @param news is told what they say now, one change at a time; false if that could not be
   *     followed: then it is told again, ever more seldom, as long as it is the same
   */
  InventoryWatch(Supplier<Inventory> reading, Predicate<Inventory> news, Time time) {
    this.reading = reading;
    this.news = news;
    this.time = time;
  }

  /**
   * Begins.
   *
   * @param known what the files said when they were read
   * @param interval between two looks; zero: never looks
   */
  void start(Inventory known, Duration interval) {
    if (!interval.isZero()) {
      plan(known, interval);
    }
  }

  private synchronized void plan(Inventory known, Duration interval) {
    if (!closed) {
      next = time.schedule(interval, () -> look(known, interval));
    }
  }

  private void look(Inventory known, Duration interval) {
    Inventory now = known;
    try {
      now = reading.get();
      problem = "";
    } catch (RuntimeException e) {
      complain(Failure.text(e));
    }
    plan(!now.equals(known) && isDue(now) && follow(now) ? now : known, interval);
  }

  private boolean isDue(Inventory now) {
    return !refused.equals(Optional.of(now)) || !time.now().isBefore(again);
  }

  private boolean follow(Inventory now) {
    if (news.test(now)) {
      refused = Optional.empty();
      return true;
    }
    vain = refused.equals(Optional.of(now)) ? vain + 1 : 1;
    refused = Optional.of(now);
    again = time.now().plus(AGAIN.pause(vain));
    return false;
  }

  /** Once for as long as it is the same. */
  private void complain(String why) {
    if (!why.equals(problem)) {
      log.error("goes on by what the fabric's files said before: {}", why);
    }
    problem = why;
  }

  @Override
  public synchronized void close() {
    closed = true;
    next.cancel();
  }
}
