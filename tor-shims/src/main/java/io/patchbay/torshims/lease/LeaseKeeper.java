package io.patchbay.torshims.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for a {@link Lease} until it is this process's, and renews it as long as the process lives.
 * A lease that is lost, or that cannot be renewed in time, is lost for good. Safe for all threads.
 */
public final class LeaseKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

  /** Whose lease it is. Both are called once at most. */
  public interface Holder {
    /**
     * The lease is this process's. It is renewed meanwhile; what this throws goes to the caller.
     */
    void begin();

    /** The lease is not, or not surely, this process's any more. */
    void lost(Failure why);
  }

  private enum State {
    STANDING_BY,
    HOLDING,
    LOST,
    CLOSED
  }

  private final Lease lease;
  private final Holder holder;
  private final Time time;

  /** Held while the lease is asked for, so that it is given back after that. */
  private final ReentrantLock asking = new ReentrantLock();

  @GuardedBy("this")
  private State state = State.STANDING_BY;

  /** By the monotonic clock. */
  @GuardedBy("this")
  private long sureUntil;

  @GuardedBy("this")
  private int uses;

  @GuardedBy("this")
  private Time.Timer next = () -> {};

  @GuardedBy("asking")
  private String problem = "";

  /**
   * @param lease it is closed with this
   */
  public LeaseKeeper(Lease lease, Holder holder, Time time) {
    this.lease = lease;
    this.holder = holder;
    this.time = time;
  }

  /**
   * Asks for the first time, here and now; then in the background. Throws {@link Failure}: what
   * asking again would not mend.
   */
  public void start() {
    ask(true);
  }

  /** Whether the lease is surely this process's now. */
  public synchronized boolean holds() {
    return state == State.HOLDING && time.nanos() - sureUntil < 0;
  }

  /**
   * To be asked before each word to a switch. Throws {@link Failure} of kind UNAVAILABLE unless the
   * lease is surely this process's.
   */
  public void check() {
    if (!holds()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "this replica is not the writer any more, ask again");
    }
  }

  /** What is done under the lease, which is not given back before that is over. */
  @FunctionalInterface
  public interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /** Begins to use the lease. Throws as {@link #check} does. */
  public synchronized Use use() {
    check();
    uses++;
    return this::used;
  }

  private synchronized void used() {
    uses--;
    notifyAll();
  }

  /**
   * Waits until nothing is done under the lease. Throws {@link Failure} of kind TIMEOUT when that
   * takes longer, and UNAVAILABLE when interrupted.
   */
  public synchronized void awaitUnused(Duration patience) {
    long end = time.nanos() + patience.toNanos();
    while (uses > 0) {
      long left = end - time.nanos();
      if (left <= 0) {
        throw new Failure(Failure.Kind.TIMEOUT, "a switch has not answered in " + patience);
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while a switch answers", e);
      }
    }
  }

  private void ask(boolean atStart) {
    boolean first = false;
    asking.lock();
    try {
      if (ended()) {
        return;
      }
      long asked = time.nanos();
      boolean ours = lease.take();
      if (ours) {
        first = extend(asked);
      } else {
        denied();
      }
    } catch (RuntimeException e) {
      if (atStart && e instanceof Failure failure && !mayPass(failure)) {
        throw failure;
      }
      tell("the lease cannot be asked for: " + Failure.text(e));
    } finally {
      asking.unlock();
    }
    plan();
    if (first) {
      watch(rest());
      log.info("this replica is the writer now");
      holder.begin();
    }
  }

  private static boolean mayPass(Failure failure) {
    return failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT;
  }

  private synchronized boolean ended() {
    return state == State.LOST || state == State.CLOSED;
  }

  private synchronized void plan() {
    if (!ended()) {
      next = time.schedule(jittered(lease.terms().pace()), () -> ask(false));
    }
  }

  /** Up to a fifth less: those who were started together are not to ask together for ever. */
  private static Duration jittered(Duration pace) {
    return pace.minusNanos(ThreadLocalRandom.current().nextLong(pace.toNanos() / 5 + 1));
  }

  /** Whether it is ours for the first time. An answer that came too late to be of use is none. */
  @GuardedBy("asking")
  private boolean extend(long asked) {
    problem = "";
    long until = asked + lease.terms().sure().toNanos();
    synchronized (this) {
      if (time.nanos() - until >= 0) {
        return false;
      }
      sureUntil = until;
      boolean first = state == State.STANDING_BY;
      if (first) {
        state = State.HOLDING;
      }
      return first;
    }
  }

  @GuardedBy("asking")
  private void denied() {
    if (!lose(lease.holder() + " has taken the lease")) {
      tell("stands by: " + lease.holder() + " is the writer");
    }
  }

  /** Once for as long as it is the same. */
  @GuardedBy("asking")
  private void tell(String now) {
    if (!now.equals(problem)) {
      log.warn("{}", now);
    }
    problem = now;
  }

  /** Looks, when the lease would end, whether it has been renewed. */
  private void watch(Duration rest) {
    Time.Timer unused = time.schedule(rest, this::lookAtTheEnd);
  }

  private void lookAtTheEnd() {
    if (ended()) {
      return;
    }
    if (holds()) {
      watch(rest());
    } else {
      boolean unused = lose("the lease could not be renewed in time");
    }
  }

  private synchronized Duration rest() {
    return Duration.ofNanos(sureUntil - time.nanos());
  }

  private boolean lose(String why) {
    synchronized (this) {
      if (state != State.HOLDING) {
        return false;
      }
      state = State.LOST;
      next.cancel();
    }
    holder.lost(new Failure(Failure.Kind.UNAVAILABLE, why));
    return true;
  }

  /**
   * Gives the lease back, unless something is still done under it: then it is another's only when
   * this process has ended.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      next.cancel();
      if (uses > 0) {
        log.warn("a switch has not answered yet: the lease is kept to this process's end");
        return;
      }
    }
    asking.lock();
    try {
      lease.close();
    } finally {
      asking.unlock();
    }
  }
}
