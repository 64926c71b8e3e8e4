package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connection holds at this hop, and the connection as last agreed. What is taken here is
 * given back in reverse order: by {@link #close}, by a request that fails, or after a restart.
 *
 * <p>One thread at a time is inside, in order of arrival; links are always inside. Only {@link
 * #id}, {@link #close}, {@link #again} and {@link #connection} may be called from outside, and wait
 * for their turn.
 */
public final class Session {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  /** How long a timer or a close waits for its turn before it tries again or gives up. */
  private static final Duration TURN = Duration.ofMinutes(2);

  private final String id;
  private final Sessions sessions;
  private final Time time;
  private final ReentrantLock turn = new ReentrantLock(true);

  // Guarded by the turn, which every entry from outside takes and find() checks.
  private final Deque<Held<?>> held = new ArrayDeque<>();
  private long request;
  private boolean running;
  private boolean unsaved;
  private boolean closed;

  private volatile Connection connection;
  private volatile List<Mechanism> preferences;
  private volatile Requester requester;
  private volatile boolean agreed;

  Session(Sessions sessions, Time time, Call first) {
    this.id = first.connection().getId();
    this.sessions = sessions;
    this.time = time;
    this.connection = first.connection();
    this.preferences = first.preferences();
    this.requester = Requester.of(first.connection());
  }

  /** The connection's id at this hop. */
  public String id() {
    return id;
  }

  /** The connection as last agreed; before the first agreement as it arrived. */
  public Connection connection() {
    return connection;
  }

  /** Whether a request has ever succeeded. */
  public boolean agreed() {
    return agreed;
  }

  // ---- what links take ----

  /** Takes a thing once; a later call gets the same thing back. */
  public <T> T hold(Key<T> key, Supplier<T> take, Consumer<T> release) {
    Held<T> known = find(key);
    if (known == null) {
      known = new Held<>(key, take.get(), release, request);
      held.push(known);
    }
    boolean complete = known.taken;
    known.taken = true;
    if (!complete) {
      save(key);
    }
    return known.value;
  }

  /**
   * Takes a thing in two steps, so that a crash between them forgets nothing: {@code plan} decides
   * what it will be, which is written down when the key is durable; {@code act} makes it so. Acting
   * and releasing must bear being done twice: that it was completed is written down when the
   * request ends. A later call gets the same thing back, and acts again only if it is not known
   * that the first time was completed.
   */
  public <T> T hold(Key<T> key, Supplier<T> plan, Consumer<T> act, Consumer<T> release) {
    Held<T> known = find(key);
    if (known != null && known.taken) {
      return known.value;
    }
    if (known == null) {
      known = new Held<>(key, plan.get(), release, request);
      held.push(known);
      save(key);
    }
    act.accept(known.value);
    known.taken = true;
    saveAtEnd(key);
    return known.value;
  }

  /** What is held under a key, if anything. */
  public <T> Optional<T> held(Key<T> key) {
    return Optional.ofNullable(find(key)).map(found -> found.value);
  }

  /**
   * Puts another thing in the place of the one held, which is not released; or holds it newly. It
   * is written down before this returns, as is right before an act.
   */
  public <T> void replace(Key<T> key, T value, Consumer<T> release) {
    put(key, value, release);
    save(key);
  }

  /**
   * As {@link #replace}, for what is only good to know and leads to no act: it is written down with
   * what comes next, at the latest when the request ends.
   */
  public <T> void note(Key<T> key, T value, Consumer<T> release) {
    put(key, value, release);
    saveAtEnd(key);
  }

  private <T> void put(Key<T> key, T value, Consumer<T> release) {
    Held<T> known = find(key);
    if (known == null) {
      known = new Held<>(key, value, release, request);
      known.taken = true;
      held.push(known);
    } else {
      known.value = value;
      known.release = release;
    }
  }

  /** Releases one thing now, if it is held. */
  public void release(Key<?> key) {
    Held<?> known = find(key);
    if (known != null) {
      held.remove(known);
      try {
        known.letGo();
      } finally {
        save(key);
      }
    }
  }

  /**
   * Holds a timer: the task runs inside the session at the given time, unless the timer is set
   * again, released, or the session closed before; then it never acts, even if it had already
   * fired.
   */
  public void at(Key<Time.Timer> key, Instant when, Runnable task) {
    Held<Time.Timer> old = find(key);
    // One that is only set again stays whoever's it was: a request that fails later keeps it.
    long owner = old == null ? request : old.request;
    Held<Time.Timer> timer = new Held<>(key, () -> {}, Time.Timer::cancel, owner);
    timer.value = time.schedule(Duration.between(time.now(), when), () -> fire(key, timer, task));
    release(key);
    held.push(timer);
  }

  private void fire(Key<Time.Timer> key, Held<Time.Timer> timer, Runnable task) {
    if (!tryEnter(TURN)) {
      log.warn("{}: {} is due, but a request is still running", id, key);
      var unused = time.schedule(Duration.ofSeconds(1), () -> fire(key, timer, task));
      return;
    }
    try {
      if (find(key) == timer && sessions.find(id).filter(this::equals).isPresent()) {
        held.remove(timer);
        task.run();
      }
    } finally {
      turn.unlock();
    }
  }

  /**
   * After a restart: gives a thing that an earlier process held its way of being released, and says
   * what it is. Empty when the journal knows of no such thing.
   */
  public <T> Optional<T> adopt(Key<T> key, Consumer<T> release) {
    Held<T> known = find(key);
    if (known == null) {
      return Optional.empty();
    }
    known.release = release;
    return Optional.of(known.value);
  }

  // ---- running and ending ----

  /** Runs the chain on the connection as last agreed; does nothing once closed. */
  public void again(Cause cause, Duration patience) {
    inside(
        patience,
        () -> {
          if (!closed && agreed) {
            Instant deadline = time.now().plus(patience);
            Call call = Call.of(connection, preferences, cause, deadline);
            var unused = run(call, requester, sessions.rest());
          }
        });
  }

  /**
   * Lets go of everything, newest first, each even if another fails. The failures come together on
   * one exception, after all is done. A second close does nothing.
   */
  public void close() {
    inside(TURN, this::end);
  }

  /** Closes if that is what the one who asks means and may. Throws Failure DENIED if it may not. */
  void close(Requester asking) {
    inside(
        TURN,
        () -> {
          if (closed) {
            return;
          }
          if (requester.means(asking)) {
            end();
          } else {
            log.info("{}: another hop has taken it over; a late close is passed over", id);
          }
        });
  }

  private void end() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      letGo(all -> true);
    } finally {
      sessions.forget(this);
    }
  }

  /** Lets go of everything but stays open: what comes next starts from nothing. */
  void reset() {
    try {
      letGo(all -> true);
    } finally {
      agreed = false;
      save();
    }
  }

  /**
   * One turn of a request: empty when the session was closed while the caller waited. Throws
   * Failure DENIED, with nothing changed, when it is somebody else's.
   */
  Optional<Connection> turn(Call call, Handler next) {
    enter(Duration.between(time.now(), call.deadline()));
    try {
      if (closed) {
        return Optional.empty();
      }
      Requester asking = Requester.of(call.connection());
      requester.allow(asking);
      return Optional.of(run(call, asking, next));
    } finally {
      turn.unlock();
    }
  }

  private Connection run(Call call, Requester asking, Handler next) {
    long mine = ++request;
    if (!agreed) {
      connection = call.connection();
      preferences = call.preferences();
    }
    running = true;
    try {
      Connection answer = next.request(call.in(this));
      connection = answer;
      preferences = call.preferences();
      requester = asking;
      agreed = true;
      if (held.stream().anyMatch(thing -> thing.key.durable().isPresent())) {
        save();
      }
      return answer;
    } catch (RuntimeException | Error e) {
      rollBack(mine, e);
      throw e;
    } finally {
      running = false;
    }
  }

  private void rollBack(long mine, Throwable failure) {
    try {
      // What an earlier process took for a request that never succeeded goes with this one.
      letGo(thing -> !agreed || thing.request == mine);
    } catch (RuntimeException | Error e) {
      failure.addSuppressed(e);
    }
    if (agreed && unsaved) {
      saveAfter(failure);
    }
    if (!agreed && !closed) {
      closed = true;
      sessions.forget(this);
    }
  }

  private void saveAfter(Throwable failure) {
    try {
      save();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** What was let go is written down by the caller, once: letting go bears being done twice. */
  private void letGo(java.util.function.Predicate<Held<?>> which) {
    @Nullable Failure failures = null;
    for (Held<?> thing : List.copyOf(held)) {
      if (!which.test(thing)) {
        continue;
      }
      held.remove(thing);
      unsaved |= thing.key.durable().isPresent();
      try {
        thing.letGo();
      } catch (RuntimeException | Error e) {
        log.warn("{}: releasing {} failed: {}", id, thing.key, Failure.text(e));
        String text = "releasing " + thing.key + ": " + Failure.text(e);
        failures = failures == null ? new Failure(kind(e), text, e) : failures;
        if (failures.getCause() != e) {
          failures.addSuppressed(e);
        }
      }
    }
    if (failures != null) {
      throw failures;
    }
  }

  private static Failure.Kind kind(Throwable e) {
    return e instanceof Failure failure ? failure.kind() : Failure.Kind.INTERNAL;
  }

  private void inside(Duration patience, Runnable task) {
    enter(patience);
    try {
      task.run();
    } finally {
      turn.unlock();
    }
  }

  private void enter(Duration patience) {
    if (!tryEnter(patience)) {
      throw new Failure(
          Failure.Kind.TIMEOUT, "another request for connection " + id + " is still running");
    }
  }

  private boolean tryEnter(Duration patience) {
    try {
      return turn.tryLock(Math.max(0, patience.toNanos()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for " + id, e);
    }
  }

  // ---- what the journal sees ----

  private void save(Key<?> key) {
    if (key.durable().isPresent()) {
      save();
    }
  }

  private void saveAtEnd(Key<?> key) {
    unsaved |= key.durable().isPresent();
    if (unsaved && !running) {
      save();
    }
  }

  private void save() {
    unsaved = false;
    sessions.save(this);
  }

  SavedSession saved() {
    List<SavedSession.Thing> things =
        held.stream()
            .filter(thing -> thing.key.durable().isPresent())
            .map(thing -> SavedSession.Thing.of(thing.key.name(), thing.value, thing.taken))
            .toList();
    return SavedSession.of(connection, preferences, requester, agreed, things);
  }

  /**
   * Puts back what the journal knew, newest first in {@code saved}; each link then adopts its own.
   */
  void restore(SavedSession saved, List<Link> links) {
    inside(
        TURN,
        () -> {
          agreed = saved.agreed();
          requester = saved.knownRequester();
          for (SavedSession.Thing thing : saved.things()) {
            held.addLast(Held.of(thing));
          }
          links.forEach(link -> link.restore(this));
        });
  }

  @SuppressWarnings("unchecked") // a key's name stands for its type within one chain
  private <T> @Nullable Held<T> find(Key<T> key) {
    if (!turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("session " + id + " used from outside its turn");
    }
    for (Held<?> thing : held) {
      if (thing.key.equals(key)) {
        thing.understand(key);
        return (Held<T>) thing;
      }
    }
    return null;
  }
}
