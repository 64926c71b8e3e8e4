package io.patchbay.torshims.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease in a store that compares and writes at once, such as an API server. Its holder renews it;
 * another takes it when it has seen no renewal for the whole of its duration. No clock is compared
 * with another one: each replica measures by its own how long it has seen no new version.
 */
final class SharedLease implements Lease {
  private static final Logger log = LoggerFactory.getLogger(SharedLease.class);
  private static final int PACES = 10;

  private final LeaseStore store;
  private final String self;
  private final Duration duration;
  private final Time time;

  /** What was read or written last, and when that version was first seen. */
  @GuardedBy("this")
  private Optional<LeaseRecord> seen = Optional.empty();

  @GuardedBy("this")
  private long seenAt;

  /**
   * @param store it is closed with this
   * @param self names this process, unlike any other before it or beside it
   * @param duration how long it is its holder's after each renewal
   */
  SharedLease(LeaseStore store, String self, Duration duration, Time time) {
    this.store = store;
    this.self = self;
    this.duration = duration;
    this.time = time;
  }

  /** The first half is for renewing it, the second for what was begun in the first to end. */
  @Override
  public Terms terms() {
    Duration half = duration.dividedBy(2);
    return new Terms(half, half, duration.dividedBy(PACES));
  }

  @Override
  public synchronized boolean take() {
    if (isMine() && write(known().takenBy(self, duration))) {
      return true;
    }
    look();
    if (!isMine() && !mayBeTaken()) {
      return false;
    }
    if (write(known().takenBy(self, duration))) {
      return true;
    }
    if (isMine()) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "others change the lease that is held");
    }
    return false;
  }

  /**
   * One that somebody has deleted is its holder's still, who will write it anew; also where it was
   * made anew meanwhile by who does not know what was in it.
   */
  @GuardedBy("this")
  private void look() {
    LeaseRecord now =
        store.read().map(found -> found.after(known())).orElseGet(() -> known().deleted());
    if (seen.isEmpty() || !now.version().equals(known().version())) {
      see(now);
    }
  }

  @GuardedBy("this")
  private void see(LeaseRecord now) {
    seen = Optional.of(now);
    seenAt = time.nanos();
  }

  @GuardedBy("this")
  private LeaseRecord known() {
    return seen.orElseGet(() -> new LeaseRecord("", "", duration, 0, Optional.empty()));
  }

  @GuardedBy("this")
  private boolean isMine() {
    return known().holder().equals(self);
  }

  /**
   * Its holder's word counts where it has asked for longer than this replica would. Where no lease
   * is there may be a holder, too, who has yet to find that it was deleted.
   */
  @GuardedBy("this")
  private boolean mayBeTaken() {
    LeaseRecord now = known();
    Duration patience = now.duration().compareTo(duration) > 0 ? now.duration() : duration;
    boolean free = !now.version().isEmpty() && now.holder().isEmpty();
    return free || time.nanos() - seenAt >= patience.toNanos();
  }

  /** False where another one came first. */
  @GuardedBy("this")
  private boolean write(LeaseRecord next) {
    Optional<LeaseRecord> written = store.write(next);
    written.ifPresent(this::see);
    return written.isPresent();
  }

  @Override
  public synchronized String holder() {
    String known = known().holder();
    return known.isEmpty() ? "an unknown replica, if any," : known;
  }

  @Override
  public synchronized Optional<Handover> handover() {
    return known().handover();
  }

  @Override
  public synchronized void handOver(Handover handover) {
    if (known().handover().equals(Optional.of(handover))) {
      return;
    }
    if (!isMine() || !write(known().handing(handover))) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "the lease is not held any more");
    }
  }

  @Override
  public Optional<DurableMap> intents(
      Set<String> switches, UnaryOperator<String> placeOf, Runnable held) {
    return Optional.of(new SharedIntents(store.intents(), switches, placeOf, held));
  }

  @Override
  public synchronized void close() {
    try (store) {
      if (isMine() && !write(known().free())) {
        log.info("the lease was another's already");
      }
    } catch (Failure e) {
      log.warn("the lease is left to expire: {}", Failure.text(e));
    }
  }
}
