package io.patchbay.mesh.registry;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** One at a time for each name, in the order of arrival; different names do not wait. */
final class Turns {
  private static final class Turn {
    final ReentrantLock lock = new ReentrantLock(true);
    int users;
  }

  private final ConcurrentHashMap<String, Turn> turns = new ConcurrentHashMap<>();

  /**
   * Does some work in the name's turn. Throws {@link Failure} TIMEOUT when the turn does not come.
   */
  <A> A take(String name, Duration patience, Supplier<A> work) {
    Turn turn =
        turns.compute(
            name,
            (n, known) -> {
              Turn joined = known == null ? new Turn() : known;
              joined.users++;
              return joined;
            });
    try {
      if (!turn.lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Failure(
            Failure.Kind.TIMEOUT, "'" + name + "' is still at work on an earlier call");
      }
      try {
        return work.get();
      } finally {
        turn.lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted in the turn of '" + name + "'", e);
    } finally {
      turns.computeIfPresent(name, (n, known) -> --known.users == 0 ? null : known);
    }
  }

  /** How many names are at work. */
  int size() {
    return turns.size();
  }
}
