package io.patchbay.mesh.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.Message;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A registry in this process's memory. Endpoints that are not registered again expire; a query that
 * names a service looks only at the endpoints of that service. All is soft state: whoever
 * registered comes back after a restart.
 *
 * <p>One lock guards everything, and listeners run under it: that is what gives each watcher all
 * that was there and then each change, without a gap.
 */
public final class MemoryRegistry<T extends Message> implements Registry<T> {
  private static final int ENTRIES_MAX = 50_000;
  private static final int WATCHES_MAX = 10_000;

  /** An entry and what ends it. */
  private static final class Row<T extends Message> {
    final T entry;
    Time.Timer expiry = () -> {};

    Row(T entry) {
      this.entry = entry;
    }
  }

  /** Told apart by identity: two watchers may ask the same. */
  private static final class Watch<T extends Message> {
    final T query;
    final Consumer<Change<T>> listener;

    Watch(T query, Consumer<Change<T>> listener) {
      this.query = query;
      this.listener = listener;
    }
  }

  private final Kind<T> kind;
  private final Time time;
  private final Duration lifetime;

  @GuardedBy("this")
  private final Map<String, Row<T>> byName = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<String, Map<String, Row<T>>> byService = new HashMap<>();

  /** Changed under the lock; a listener may end its own watch while all are being told. */
  private final Set<Watch<T>> watches = ConcurrentHashMap.newKeySet();

  /**
   * @param lifetime how long an endpoint stays that is not registered again
   */
  public MemoryRegistry(Kind<T> kind, Time time, Duration lifetime) {
    this.kind = kind;
    this.time = time;
    this.lifetime = lifetime;
  }

  @Override
  public Kind<T> kind() {
    return kind;
  }

  /**
   * An endpoint expires after the lifetime, or at its own expiration_time if that is sooner. Throws
   * {@link Failure}: INVALID without a name or with an expiry that has passed, EXHAUSTED when full.
   */
  @Override
  public synchronized T register(T asked) {
    String name = kind.name(asked);
    Instant now = time.now();
    check(asked, now);
    @Nullable Row<T> before = byName.get(name);
    T kept = before == null ? asked : kind.keeping(asked, before.entry);
    Row<T> row = new Row<>(kind.admit(bounded(kept), now));
    if (before != null) {
      remove(before);
    }
    add(row);
    if (before != null) {
      tellMismatch(before.entry, row.entry);
    }
    tell(new Change.Present<>(row.entry), row.entry);
    return row.entry;
  }

  /** An entry with the expiry that it would have if it were registered now. */
  public T bounded(T entry) {
    return kind.until(entry, time.now().plus(lifetime));
  }

  @GuardedBy("this")
  private void check(T asked, Instant now) {
    String name = kind.name(asked);
    if (name.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "a " + kind.noun() + " without a name");
    }
    kind.expires(asked)
        .filter(expires -> !expires.isAfter(now))
        .ifPresent(expires -> {
          throw new Failure(
              Failure.Kind.INVALID,
              kind.noun() + " '" + name + "' would have expired at " + expires + ", it is " + now);
        });
    if (byName.size() >= ENTRIES_MAX && !byName.containsKey(name)) {
      throw new Failure(
          Failure.Kind.EXHAUSTED, "the registry is full: " + ENTRIES_MAX + " " + kind.noun() + "s");
    }
  }

  @Override
  public synchronized void unregister(T entry) {
    takeOut(byName.get(kind.name(entry)));
  }

  private synchronized void expire(Row<T> row) {
    if (byName.get(kind.name(row.entry)) == row) {
      takeOut(row);
    }
  }

  @GuardedBy("this")
  private void takeOut(@Nullable Row<T> row) {
    if (row != null) {
      remove(row);
      tell(new Change.Gone<>(row.entry), row.entry);
    }
  }

  @GuardedBy("this")
  private void add(Row<T> row) {
    String name = kind.name(row.entry);
    byName.put(name, row);
    for (String service : kind.services(row.entry)) {
      byService.computeIfAbsent(service, s -> new LinkedHashMap<>()).put(name, row);
    }
    kind.expires(row.entry)
        .ifPresent(expires ->
            row.expiry = time.schedule(Duration.between(time.now(), expires), () -> expire(row)));
  }

  @GuardedBy("this")
  private void remove(Row<T> row) {
    row.expiry.cancel();
    String name = kind.name(row.entry);
    byName.remove(name);
    for (String service : kind.services(row.entry)) {
      byService.computeIfPresent(
          service,
          (s, rows) -> {
            rows.remove(name);
            return rows.isEmpty() ? null : rows;
          });
    }
  }

  @Override
  public synchronized List<T> find(T query) {
    return candidates(query).stream()
        .map(row -> row.entry)
        .filter(entry -> kind.matches(query, entry))
        .toList();
  }

  /** The rows worth looking at: those of the rarest service that the query names, or all. */
  @GuardedBy("this")
  private Collection<Row<T>> candidates(T query) {
    Map<String, Row<T>> fewest = byName;
    for (String service : kind.services(query)) {
      Map<String, Row<T>> serving = byService.getOrDefault(service, Map.of());
      fewest = serving.size() < fewest.size() ? serving : fewest;
    }
    return fewest.values();
  }

  @Override
  public synchronized Subscription watch(T query, Consumer<Change<T>> listener) {
    if (watches.size() >= WATCHES_MAX) {
      throw new Failure(
          Failure.Kind.EXHAUSTED,
          WATCHES_MAX + " watches of " + kind.noun() + "s are open already");
    }
    Watch<T> watch = new Watch<>(query, listener);
    find(query).forEach(entry -> listener.accept(new Change.Present<>(entry)));
    watches.add(watch);
    return () -> watches.remove(watch);
  }

  private void tell(Change<T> change, T entry) {
    for (Watch<T> watch : watches) {
      if (kind.matches(watch.query, entry)) {
        watch.listener.accept(change);
      }
    }
  }

  /** For those whose query the new entry no longer matches, the old one has gone. */
  private void tellMismatch(T before, T after) {
    for (Watch<T> watch : watches) {
      if (kind.matches(watch.query, before) && !kind.matches(watch.query, after)) {
        watch.listener.accept(new Change.Gone<>(before));
      }
    }
  }

  @Override
  public String toString() {
    return kind.noun() + "s in memory";
  }
}
