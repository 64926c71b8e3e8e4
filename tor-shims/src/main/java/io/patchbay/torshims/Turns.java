package io.patchbay.torshims;

import io.patchbay.base.Time;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one at a time speak to a switch: in turns, each on a timer's thread of its own. Safe for all
 * threads.
 */
final class Turns implements AutoCloseable {
  /**
   * How long those that came during a turn wait for more: as long as within such a time more come.
   * Whoever comes when nothing is at hand waits for nobody.
   */
  private static final Duration WINDOW = Duration.ofMillis(2);

  private static final int WINDOWS_MOST = 10;

  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(Turns.class);

  /** What is done in a turn. */
  interface Work {
    /** All there is to do now; called by one thread at a time. */
    void run();

    /** Whether there is more, so that another turn is needed. Any thread may call it. */
    boolean isMore();

    /** How many wait for a turn. Any thread may call it. */
    int waiting();
  }

  private final String name;
  private final Work work;
  private final Time time;
  private final AtomicBoolean planned = new AtomicBoolean();

  /** Whoever has it may speak to the switch; once closed nobody gets it any more. */
  private final Semaphore word = new Semaphore(1);

  private volatile @Nullable Thread speaker;
  private volatile boolean closed;

  Turns(String name, Work work, Time time) {
    this.name = name;
    this.work = work;
    this.time = time;
  }

  /** Plans a turn, unless one is planned or running: that one looks again when it ends. */
  void wake() {
    if (!closed && !planned.getAndSet(true)) {
      Time.Timer unused = time.schedule(Duration.ZERO, this::turn);
    }
  }

  /** A turn once no more come, or have come for long enough. */
  private void gather(int before, int windows) {
    int waiting = work.waiting();
    if (waiting == before || windows == WINDOWS_MOST) {
      turn();
    } else {
      Time.Timer unused = time.schedule(WINDOW, () -> gather(waiting, windows + 1));
    }
  }

  private void turn() {
    if (!word.tryAcquire()) {
      return; // closed
    }
    speaker = Thread.currentThread();
    try {
      if (!closed) {
        work.run();
      }
    } finally {
      speaker = null;
      word.release();
      planned.set(false);
      if (!closed && work.isMore() && !planned.getAndSet(true)) {
        gather(0, 0);
      }
    }
  }

  /** Whether no turn begins any more. */
  boolean closed() {
    return closed;
  }

  /** From now on no turn begins; the one that is at hand is interrupted. */
  void stop() {
    closed = true;
    Thread speaking = speaker;
    if (speaking != null) {
      speaking.interrupt();
    }
  }

  /** Stops, and waits for the turn at hand. */
  @Override
  public void close() {
    stop();
    try {
      if (!word.tryAcquire(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("{}: the writer still waits for the switch", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
