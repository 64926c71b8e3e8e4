package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets only so many connections to switches be opened at a time: a shim that starts with hundreds
 * of switches would else begin all key exchanges at once, and none would end within its deadline.
 * Who comes first is first. Whoever takes long waits for a network and not for the processor, and
 * keeps no place from others meanwhile, so that dead switches do not keep living ones out. Who has
 * waited in vain fails, and comes again at the pace of whoever repeats it, which has its jitter.
 * Safe for all threads.
 */
public final class DialLimit {
  /**
   * Key exchange and login take some 50 ms of a core: on one core the last has them in a second.
   */
  private static final int AT_ONCE = 16;

  /** Longer than any login that has a core takes. */
  static final Duration HELD_MOST = Duration.ofSeconds(2);

  /** For some hundred switches that are all dead at {@link #HELD_MOST} each. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Time time;

  @GuardedBy("this")
  private final Deque<Turn> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private int free;

  public DialLimit(Time time) {
    this(AT_ONCE, time);
  }

  DialLimit(int atOnce, Time time) {
    this.free = atOnce;
    this.time = time;
  }

  /**
   * Does something that opens a connection, when it has its turn. Throws what that throws, or
   * {@link Failure} of kind UNAVAILABLE when its turn does not come within {@link #PATIENCE}.
   *
   * @param who the switch, for the message
   */
  public <T> T dial(String who, Supplier<T> dial) {
    enter(who);
    AtomicBoolean left = new AtomicBoolean();
    Runnable leave =
        () -> {
          if (!left.getAndSet(true)) {
            passOn();
          }
        };
    Time.Timer timer = time.schedule(HELD_MOST, leave);
    try {
      return dial.get();
    } finally {
      timer.cancel();
      leave.run();
    }
  }

  /** Whoever waits, until it is settled whether its turn has come. */
  private static final class Turn {
    private final AtomicReference<@Nullable Boolean> come = new AtomicReference<>();
    private final CountDownLatch settled = new CountDownLatch(1);

    /** Whether this has settled it. */
    boolean settle(boolean hasCome) {
      boolean first = come.compareAndSet(null, hasCome);
      settled.countDown();
      return first;
    }

    boolean hasCome() {
      return Boolean.TRUE.equals(come.get());
    }
  }

  private void enter(String who) {
    Turn turn = new Turn();
    synchronized (this) {
      if (free > 0) {
        free--;
        return;
      }
      waiting.add(turn);
    }
    Time.Timer timer = time.schedule(PATIENCE, () -> turn.settle(false));
    try {
      turn.settled.await();
    } catch (InterruptedException e) {
      if (!turn.settle(false) && turn.hasCome()) {
        passOn(); // just now
      }
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, who + ": interrupted before it was dialled", e);
    } finally {
      timer.cancel();
      forget(turn);
    }
    if (!turn.hasCome()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          who + ": too many switches are dialled now; no turn in " + PATIENCE.toSeconds() + " s");
    }
  }

  private synchronized void forget(Turn turn) {
    waiting.remove(turn);
  }

  private synchronized void passOn() {
    for (Turn next = waiting.poll(); next != null; next = waiting.poll()) {
      if (next.settle(true)) {
        return;
      }
    }
    free++;
  }

  /** How many wait for their turn. */
  synchronized int waiting() {
    return waiting.size();
  }
}
