package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a switch confirm a commit only when the twins of its changes are ready at their switches, too
 * (see {@link Pairing}). Called in the turns of the switch's writer.
 *
 * <p>Nobody waits in a circle. The changes of pairs come to all writers in one order, and are made
 * in it: so the oldest one that is not decided is at hand at both of its switches, or about to be.
 */
final class Agreement {
  /**
   * So long others wait for a twin whose switch says nothing. Some commits take seconds; what comes
   * after them here should not wait for ever.
   */
  private static final Duration MOST = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Agreement.class);

  private final String name;
  private final Change.Waiting waiting;
  private final Time time;

  /** Those that are being made. */
  private List<Change> group = List.of();

  /**
   * @param name the switch's
   * @param waiting how the writer waits
   */
  Agreement(String name, Change.Waiting waiting, Time time) {
    this.name = name;
    this.waiting = waiting;
    this.time = time;
  }

  /** Makes the changes of a group; whatever is confirmed meanwhile is theirs. */
  <T> T making(List<Change> changes, Supplier<T> commit) {
    group = changes;
    try {
      return commit.get();
    } finally {
      group = List.of();
    }
  }

  /**
   * Returns when all that is to be confirmed may be. Throws {@link Failure} with a {@link
   * Disagreement} behind it where some of it must not be, and UNAVAILABLE when interrupted.
   *
   * @param most how long the switch can be kept waiting
   */
  void confirms(Duration most) {
    group.forEach(change -> change.pairing().ready());
    List<Change> open = group.stream().filter(change -> change.pairing().isOpen()).toList();
    if (!open.isEmpty()) {
      await(open, most.compareTo(MOST) < 0 ? most : MOST);
    }
    String refusals =
        group.stream()
            .flatMap(change -> change.pairing().refusal().stream())
            .map(Failure::text)
            .distinct()
            .collect(Collectors.joining("; "));
    if (!refusals.isEmpty()) {
      throw new Failure(
          Failure.Kind.CONFLICT, name + ": not confirmed: " + refusals, new Disagreement(refusals));
    }
  }

  private void await(List<Change> open, Duration most) {
    CountDownLatch undecided = new CountDownLatch(open.size());
    List<Time.Timer> timers = new ArrayList<>();
    open.forEach(change -> {
      change.pairing().whenDecided(undecided::countDown);
      timers.add(
          time.schedule(Duration.between(time.now(), change.deadline()), change::lateForTwin));
    });
    timers.add(time.schedule(most, () -> open.forEach(this::withoutTwin)));
    try {
      waiting.on(undecided);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, name + ": interrupted before a commit was confirmed", e);
    } finally {
      timers.forEach(Time.Timer::cancel);
    }
  }

  private void withoutTwin(Change change) {
    if (change.pairing().isOpen()) {
      log.warn("{}: {}: the other switch of its pair takes long; going on without", name, change);
      change.pairing().goOn();
    }
  }
}
