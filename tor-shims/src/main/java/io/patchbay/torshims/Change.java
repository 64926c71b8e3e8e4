package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One connection's wish to a switch's writer, and how it ended. Made and awaited by the thread that
 * wishes, ended once: by the writer, or by the deadline.
 */
final class Change {
  /** What to do with a connection's claim. */
  enum Verb {
    TAKE,
    /** To take, or if the switch does not answer to have it take when it does. */
    EXPECT,
    LEAVE
  }

  /** How a thread waits for a latch: a test that decides who runs has its own way. */
  @FunctionalInterface
  interface Waiting {
    void on(CountDownLatch latch) throws InterruptedException;
  }

  /**
   * How it ended.
   *
   * @param overdue whether that is only that its deadline came
   */
  private record End(Optional<Failure> failure, boolean overdue) {}

  private final Verb verb;
  private final String connection;
  private final PortClaim claim;
  private final Instant asked;
  private final Instant deadline;
  private final Pairing.End pairing;
  private final AtomicReference<@Nullable End> end = new AtomicReference<>();
  private volatile boolean putOff;
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * @param asked now
   * @param patience how long whoever wishes waits at most
   */
  Change(Verb verb, String connection, PortClaim claim, Instant asked, Duration patience) {
    this(verb, connection, claim, asked, patience, Pairing.NONE);
  }

  /**
   * As the other.
   *
   * @param pairing where it meets its twin at another switch
   */
  Change(
      Verb verb,
      String connection,
      PortClaim claim,
      Instant asked,
      Duration patience,
      Pairing.End pairing) {
    this.verb = verb;
    this.connection = connection;
    this.claim = claim;
    this.asked = asked;
    this.deadline = asked.plus(patience);
    this.pairing = pairing;
  }

  Verb verb() {
    return verb;
  }

  String connection() {
    return connection;
  }

  PortClaim claim() {
    return claim;
  }

  String port() {
    return claim.port();
  }

  /** When it was wished for. */
  Instant asked() {
    return asked;
  }

  Instant deadline() {
    return deadline;
  }

  /** Where it meets its twin, if it has one. */
  Pairing.End pairing() {
    return pairing;
  }

  /** Whether it is to come about although the switch has failed so: it said nothing of it. */
  boolean outlives(Failure failure) {
    return switch (verb) {
      case TAKE -> false;
      case EXPECT ->
          isUnknown(failure) && (putOff || !Hindrance.isBehind(failure, Hindrance.class));
      case LEAVE -> true;
    };
  }

  private static boolean isUnknown(Failure failure) {
    return failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT;
  }

  /** Whoever waited has been told that it comes later: nothing in its way is an end of it now. */
  void putOff() {
    putOff = true;
  }

  /** Whether the deadline came first: then the switch may well be there. */
  boolean isOverdue() {
    End how = end.get();
    return how != null && how.overdue();
  }

  /** The intent once this change is made. */
  PortIntent on(PortIntent intent) {
    return switch (verb) {
      case TAKE, EXPECT -> intent.with(connection, claim);
      case LEAVE -> intent.without(connection);
    };
  }

  void done() {
    end(new End(Optional.empty(), false));
    pairing.goOn();
  }

  void failed(Failure failure) {
    end(new End(Optional.of(failure), false));
    if (outlives(failure)) {
      pairing.goOn();
    } else {
      refuseTwin(failure.kind(), Failure.text(failure), failure);
    }
  }

  /**
   * Its deadline came before its twin was ready: nobody waits for the two, unless it is put off.
   */
  void lateForTwin() {
    if (putOff) {
      pairing.goOn();
    } else {
      String late = "the other one was not ready in time";
      refuseTwin(Failure.Kind.TIMEOUT, late, new Disagreement(late));
    }
  }

  private void refuseTwin(Failure.Kind kind, String why, Throwable cause) {
    pairing.refuse(new Failure(kind, claim + ", of a pair: " + why, cause));
  }

  private void expire() {
    String late = this + " was not done in time";
    end(new End(Optional.of(new Failure(Failure.Kind.TIMEOUT, late)), true));
  }

  private void end(End how) {
    end.compareAndSet(null, how);
    ended.countDown();
  }

  /** Whether it need not be made: who wished for it has given up. What may wait is still made. */
  boolean over() {
    return verb == Verb.TAKE && ended.getCount() == 0;
  }

  /** Waits for the writer, until the deadline. Throws what the writer failed with, or TIMEOUT. */
  void await(Time time, Waiting waiting) {
    Time.Timer timer = time.schedule(Duration.between(time.now(), deadline), this::expire);
    try {
      waiting.on(ended);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for " + claim, e);
    } finally {
      timer.cancel();
    }
    End how = end.get();
    if (how != null && how.failure().isPresent()) {
      Failure why = how.failure().get();
      throw new Failure(why.kind(), Failure.text(why), why);
    }
  }

  @Override
  public String toString() {
    return (verb == Verb.LEAVE ? "leaving " : "taking ") + claim + " for " + connection;
  }
}
