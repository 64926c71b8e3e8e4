package io.patchbay.torshims.lease;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What a writer keeps beside its lease, in an {@link IntentStore}: one record for each switch, and
 * one for what is about none. A change is one write of each record that it is in; what changes
 * nothing is free.
 */
final class SharedIntents implements DurableMap {
  private static final String NO_SWITCH = "";

  /** Of a fabric with many switches. */
  private static final int CALLS_AT_ONCE = 16;

  private final Map<String, IntentShelf> shelves = new ConcurrentSkipListMap<>();
  private final UnaryOperator<String> placeOf;

  /**
   * Takes all over from the writer before, who can write there no more when it returns. Throws
   * {@link Failure} of kind UNAVAILABLE, also when another has taken the lease meanwhile.
   *
   * @param switches all that are written to
   * @param placeOf the one of them that a key is about; empty if it is about none
   * @param held throws unless the lease is surely held
   */
  SharedIntents(
      IntentStore store, Set<String> switches, UnaryOperator<String> placeOf, Runnable held) {
    this.placeOf = placeOf;
    String writer = UUID.randomUUID().toString();
    Set<String> places = new TreeSet<>(switches);
    places.add(NO_SWITCH);
    forEach(places, place -> shelves.put(place, IntentShelf.takeOver(store, place, writer, held)));
  }

  private static void forEach(Collection<String> places, Consumer<String> work) {
    if (places.size() <= 1) {
      places.forEach(work);
      return;
    }
    try (ExecutorService threads =
        Executors.newFixedThreadPool(CALLS_AT_ONCE, Thread.ofVirtual().factory())) {
      List<Future<?>> begun = new ArrayList<>();
      places.forEach(place -> begun.add(threads.submit(() -> work.accept(place))));
      try {
        begun.forEach(SharedIntents::await);
      } catch (RuntimeException e) {
        threads.shutdownNow(); // or it would wait until all the others have failed, too
        throw e;
      }
    }
  }

  private static void await(Future<?> work) {
    try {
      var unused = work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while the lease's store answers", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Failure failure) {
        throw new Failure(failure.kind(), Failure.text(failure), failure);
      }
      throw new IllegalStateException("the lease's store failed", e);
    }
  }

  @Override
  public Map<String, String> entries() {
    Map<String, String> all = new HashMap<>();
    shelves.values().forEach(shelf -> all.putAll(shelf.entries()));
    return all;
  }

  @Override
  public void putAll(Map<String, String> values) {
    Map<String, Map<String, String>> byPlace = new TreeMap<>();
    values.forEach((key, value) ->
        byPlace.computeIfAbsent(placeOf.apply(key), place -> new TreeMap<>()).put(key, value));
    forEach(
        byPlace.keySet(),
        place -> change(place, entries -> entries.putAll(byPlace.getOrDefault(place, Map.of()))));
  }

  /** Wherever they are: a switch that was listed late has what was known of it with the rest. */
  @Override
  public void removeAll(Collection<String> keys) {
    List<String> places =
        shelves.entrySet().stream()
            .filter(shelf -> !Collections.disjoint(shelf.getValue().entries().keySet(), keys))
            .map(Map.Entry::getKey)
            .toList();
    forEach(places, place -> change(place, entries -> entries.keySet().removeAll(keys)));
  }

  private void change(String place, Consumer<Map<String, String>> what) {
    Objects.requireNonNull(shelves.get(place), () -> "not a place: " + place).change(what);
  }
}
