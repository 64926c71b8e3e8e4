package io.patchbay.mesh.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.Message;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registry elsewhere whose answers are remembered for as long as it tells of their changes: what
 * is asked once is watched from then on, so that asking again costs no call. What is not known for
 * certain is asked: while the watch is interrupted, when an entry has expired or gone, and when the
 * entry that a query names is not there, which may just have been registered.
 *
 * <p>A watch does not say when it has told all that was there at its beginning. So only entries
 * that the watch has told are answered, and only once all that a real answer contained were among
 * them.
 *
 * <p>A change is seen a moment after it was made; if the registry's machine vanishes without a
 * word, what it told is believed until the connection's keepalive fails, though never past an
 * entry's expiry.
 */
public final class WatchedRegistry<T extends Message> implements Registry<T>, AutoCloseable {
  /** How many queries are watched: each is a stream, of which the other side has some thousands. */
  static final int QUERIES_MAX = 64;

  /** How many entries of one query are remembered; one that matches more is asked each time. */
  static final int ENTRIES_MAX = 1000;

  /** A query unused for so long makes room for another. */
  static final Duration UNUSED = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(WatchedRegistry.class);

  private final Registry<T> source;
  private final Time time;

  /** By query, the one used longest ago first. */
  @GuardedBy("this")
  private final Map<T, Memory> memories = new LinkedHashMap<>(16, 0.75f, true);

  @GuardedBy("this")
  private boolean closed;

  /**
   * Remembers what that registry answers. The registry itself is not closed with this.
   *
   * @param source what tells a change to all its watchers, with {@link Change.Lost} for what they
   *     may have missed
   */
  public WatchedRegistry(Registry<T> source, Time time) {
    this.source = source;
    this.time = time;
  }

  @Override
  public Kind<T> kind() {
    return source.kind();
  }

  @Override
  public T register(T entry) {
    return source.register(entry);
  }

  /** What was unregistered through here is not answered any more, whenever the news comes. */
  @Override
  public void unregister(T entry) {
    source.unregister(entry);
    List<Memory> all;
    synchronized (this) {
      all = List.copyOf(memories.values());
    }
    all.forEach(memory -> memory.accept(new Change.Gone<>(entry)));
  }

  @Override
  public Subscription watch(T query, Consumer<Change<T>> listener) {
    return source.watch(query, listener);
  }

  @Override
  public List<T> find(T query) {
    if (kind().name(query).isEmpty() && kind().services(query).isEmpty()) {
      return source.find(query);
    }
    Optional<Memory> memory = memory(query);
    return memory
        .flatMap(Memory::answer)
        .orElseGet(() -> {
          List<T> found = source.find(query);
          memory.ifPresent(each -> each.compare(found));
          return found;
        });
  }

  /** What is known of a query; none when too many others are in use. */
  private Optional<Memory> memory(T query) {
    Memory fresh;
    synchronized (this) {
      Memory known = memories.get(query);
      if (known != null) {
        known.used = time.now();
        return Optional.of(known);
      }
      if (closed || !hasRoom()) {
        return Optional.empty();
      }
      fresh = new Memory(query, time.now());
      memories.put(query, fresh);
    }
    fresh.open(); // outside the lock: the registry may tell at once, under a lock of its own
    return Optional.of(fresh);
  }

  @GuardedBy("this")
  private boolean hasRoom() {
    Instant now = time.now();
    Iterator<Memory> longestUnused = memories.values().iterator();
    if (memories.size() >= QUERIES_MAX) {
      Memory eldest = longestUnused.next();
      if (eldest.used.plus(UNUSED).isAfter(now)) {
        return false;
      }
      longestUnused.remove();
      eldest.close();
    }
    return true;
  }

  /** Ends all watches; what is asked afterwards is passed on. */
  @Override
  public void close() {
    List<Memory> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(memories.values());
      memories.clear();
    }
    all.forEach(Memory::close);
  }

  /** What the watch of one query has told. Its own lock is held for moments only. */
  private final class Memory implements Consumer<Change<T>> {
    private final T query;

    /** Guarded by the registry. */
    private Instant used;

    @GuardedBy("this")
    private final Map<String, T> told = new LinkedHashMap<>();

    /** Whether a real answer has shown that the watch told all. */
    @GuardedBy("this")
    private boolean complete;

    @GuardedBy("this")
    private boolean crowded;

    @GuardedBy("this")
    private boolean ended;

    @GuardedBy("this")
    private Subscription watch = () -> {};

    Memory(T query, Instant now) {
      this.query = query;
      this.used = now;
    }

    void open() {
      Subscription opened;
      try {
        opened = source.watch(query, this);
      } catch (Failure e) {
        log.info("not watching {}s: {}", kind().noun(), Failure.text(e));
        return;
      }
      synchronized (this) {
        if (!ended) {
          watch = opened;
          return;
        }
      }
      opened.close();
    }

    synchronized Optional<List<T>> answer() {
      Instant now = time.now();
      boolean expired =
          told.values()
              .removeIf(
                  entry -> kind().expires(entry).filter(end -> !end.isAfter(now)).isPresent());
      complete &= !expired;
      String named = kind().name(query);
      boolean missing = told.isEmpty() || !named.isEmpty() && !told.containsKey(named);
      return complete && !missing ? Optional.of(List.copyOf(told.values())) : Optional.empty();
    }

    synchronized void compare(List<T> found) {
      complete = told.keySet().containsAll(found.stream().map(kind()::name).toList());
    }

    @Override
    public synchronized void accept(Change<T> change) {
      switch (change) {
        case Change.Present<T> present -> remember(present.entry());
        case Change.Gone<T> gone -> {
          // Of an entry known to two registries behind the source, one may still have it.
          complete &= told.remove(kind().name(gone.entry())) == null;
        }
        case Change.Lost<T> lost -> {
          forget();
          crowded = false;
        }
      }
    }

    @GuardedBy("this")
    private void remember(T entry) {
      String name = kind().name(entry);
      if (told.size() >= ENTRIES_MAX && !told.containsKey(name)) {
        crowded = true;
        forget();
      }
      if (!crowded) {
        told.put(name, entry);
      }
    }

    @GuardedBy("this")
    private void forget() {
      told.clear();
      complete = false;
    }

    void close() {
      Subscription open;
      synchronized (this) {
        ended = true;
        forget();
        open = watch;
      }
      open.close();
    }
  }

  @Override
  public String toString() {
    return source.toString();
  }
}
