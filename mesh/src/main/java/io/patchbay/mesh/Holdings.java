package io.patchbay.mesh;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session holds, and how much of it the journal knows: the part of {@link Session} that
 * links speak to. Used by whoever has the turn, alone.
 */
abstract sealed class Holdings permits Session {
  private static final Logger log = LoggerFactory.getLogger(Holdings.class);

  private final Turn turn;
  private final Time time;

  // Guarded by the turn, which find() checks.
  private final Deque<Held<?>> held = new ArrayDeque<>();
  private long request;
  private boolean running;
  private boolean unsaved;

  Holdings(Turn turn, Time time) {
    this.turn = turn;
    this.time = time;
  }

  /** Whether things held here may still act. */
  abstract boolean isOpen();

  /** Writes it all down in the journal. */
  abstract void write();

  /** Takes a thing once; a later call gets the same thing back. */
  public final <T> T hold(Key<T> key, Supplier<T> take, Consumer<T> release) {
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
  public final <T> T hold(Key<T> key, Supplier<T> plan, Consumer<T> act, Consumer<T> release) {
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
  public final <T> Optional<T> held(Key<T> key) {
    return Optional.ofNullable(find(key)).map(found -> found.value);
  }

  /**
   * Puts another thing in the place of the one held, which is not released; or holds it newly. It
   * is written down before this returns, as is right before an act.
   */
  public final <T> void replace(Key<T> key, T value, Consumer<T> release) {
    put(key, value, release);
    save(key);
  }

  /**
   * As {@link #replace}, for what is only good to know and leads to no act: it is written down with
   * what comes next, at the latest when the request ends.
   */
  public final <T> void note(Key<T> key, T value, Consumer<T> release) {
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
  public final void release(Key<?> key) {
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
  public final void at(Key<Time.Timer> key, Instant when, Runnable task) {
    Held<Time.Timer> old = find(key);
    // One that is only set again stays whoever's it was: a request that fails later keeps it.
    long owner = old == null ? request : old.request;
    Held<Time.Timer> timer = new Held<>(key, () -> {}, Time.Timer::cancel, owner);
    timer.value = time.schedule(Duration.between(time.now(), when), () -> fire(key, timer, task));
    release(key);
    held.push(timer);
  }

  private void fire(Key<Time.Timer> key, Held<Time.Timer> timer, Runnable task) {
    if (!turn.tryEnter()) {
      log.warn("{}: {} is due, but a request is still running", turn, key);
      var unused = time.schedule(Duration.ofSeconds(1), () -> fire(key, timer, task));
      return;
    }
    try {
      if (find(key) == timer && isOpen()) {
        held.remove(timer);
        task.run();
      }
    } finally {
      turn.leave();
    }
  }

  /**
   * After a restart: gives a thing that an earlier process held its way of being released, and says
   * what it is. Empty when the journal knows of no such thing.
   */
  public final <T> Optional<T> adopt(Key<T> key, Consumer<T> release) {
    Held<T> known = find(key);
    if (known == null) {
      return Optional.empty();
    }
    known.release = release;
    return Optional.of(known.value);
  }

  // ---- the requests that take ----

  /** What is taken from now on is that request's, whose number this is. */
  final long begin() {
    running = true;
    return ++request;
  }

  /** No request runs any longer. */
  final void end() {
    running = false;
  }

  /** After a request that agreed: what it completed is written down. */
  final void saveAgreed() {
    if (held.stream().anyMatch(thing -> thing.key.durable().isPresent())) {
      save();
    }
  }

  /** After a request that failed: what it noted and let go is written down all the same. */
  final void saveNotes() {
    if (unsaved) {
      save();
    }
  }

  /**
   * Lets go of those things, newest first, each even if another fails; the failures come together
   * on one exception, after all is done. What was let go is written down by the caller, once:
   * letting go bears being done twice.
   */
  final void letGo(Predicate<Held<?>> which) {
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
        log.warn("{}: releasing {} failed: {}", turn, thing.key, Failure.text(e));
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

  /** Writes down what is held now. */
  final void save() {
    unsaved = false;
    write();
  }

  /** What is to outlive the process, newest first. */
  final List<SavedSession.Thing> things() {
    return held.stream()
        .filter(thing -> thing.key.durable().isPresent())
        .map(thing -> SavedSession.Thing.of(thing.key.name(), thing.value, thing.taken))
        .toList();
  }

  /** Puts back what the journal knew; each link then adopts its own. */
  final void putBack(List<SavedSession.Thing> things) {
    things.forEach(thing -> held.addLast(Held.of(thing)));
  }

  @SuppressWarnings("unchecked") // a key's name stands for its type within one chain
  private <T> @Nullable Held<T> find(Key<T> key) {
    turn.require();
    for (Held<?> thing : held) {
      if (thing.key.equals(key)) {
        thing.understand(key);
        return (Held<T>) thing;
      }
    }
    return null;
  }
}
