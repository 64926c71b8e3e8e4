package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
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

  /** How often in a row it could not be followed; each time costs some seconds without service. */
  private int vain;

  /**
   * @param reading throws {@link Failure} where the files are not right
   * @param news is told what they say now, one change at a time; false if that could not be
   *     followed: then it is told again, ever more seldom
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

  private void plan(Inventory known, Duration interval) {
    plan(known, interval, interval);
  }

  private synchronized void plan(Inventory known, Duration interval, Duration pause) {
    if (!closed) {
      next = time.schedule(pause, () -> look(known, interval));
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
    if (now.equals(known) || news.test(now)) {
      vain = 0;
      plan(now, interval);
    } else {
      vain++;
      Duration pause = AGAIN.pause(vain);
      plan(known, interval, pause);
    }
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
