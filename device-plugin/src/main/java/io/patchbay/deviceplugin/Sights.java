package io.patchbay.deviceplugin;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.vf.Catalog;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The current {@link Sight}, and everybody who follows it. When the manager goes, its last list
 * stands for five seconds, so that its restart goes unnoticed; then free VFs count as unhealthy.
 * Thread-safe.
 */
final class Sights {
  private static final Duration GRACE = Duration.ofSeconds(5);

  /** Told of each change on the thread that made it; must not block. */
  @FunctionalInterface
  interface Follower {
    void changed(Sight sight);
  }

  private final Time time;
  private final List<Follower> followers = new CopyOnWriteArrayList<>();

  @GuardedBy("this")
  private Sight current = Sight.NONE;

  /** Whether somebody failed when it was last told: then it is told again, the same or not. */
  @GuardedBy("this")
  private boolean missed;

  @GuardedBy("this")
  private Optional<Time.Timer> grace = Optional.empty();

  Sights(Time time) {
    this.time = time;
  }

  /** What is known now. */
  synchronized Sight current() {
    return current;
  }

  /** Tells a follower of the current sight and of each later one, until the result is run. */
  Runnable follow(Follower follower) {
    synchronized (this) {
      followers.add(follower);
      follower.changed(current);
    }
    return () -> followers.remove(follower);
  }

  /**
   * The manager told a catalog, or what has changed in it. Throws what a follower threw, once all
   * have been told; it is to be told again then.
   */
  synchronized void told(Catalog catalog) {
    grace.ifPresent(Time.Timer::cancel);
    grace = Optional.empty();
    become(new Sight(current.known().after(catalog), false));
  }

  /** The manager cannot be reached; saying so again changes nothing. */
  synchronized void lost() {
    if (grace.isEmpty()) {
      grace = Optional.of(time.schedule(GRACE, this::giveUp));
    }
  }

  private synchronized void giveUp() {
    if (grace.isPresent()) {
      become(new Sight(current.known(), true));
    }
  }

  @GuardedBy("this")
  private void become(Sight next) {
    if (next.equals(current) && !missed) {
      return;
    }
    current = next;
    missed = false;
    List<RuntimeException> failures = new ArrayList<>();
    for (Follower follower : followers) {
      try {
        follower.changed(next);
      } catch (RuntimeException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      missed = true;
      throw failures.getFirst();
    }
  }
}
