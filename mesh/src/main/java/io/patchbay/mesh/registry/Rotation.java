package io.patchbay.mesh.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * In which order candidates are tried: each service goes round its own in turn. Safe for all
 * threads.
 */
public final class Rotation {
  /** Of how many services the turn is remembered; those not asked for longest are forgotten. */
  private static final int SERVICES_MAX = 10_000;

  @GuardedBy("this")
  private final Map<String, Integer> turns =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > SERVICES_MAX;
        }
      };

  /** The candidates of a service, beginning with the one whose turn it is. */
  public synchronized <C> List<C> order(String service, List<C> candidates) {
    int turn = turns.merge(service, 1, (before, one) -> (before + one) & Integer.MAX_VALUE);
    List<C> ordered = new ArrayList<>(candidates);
    Collections.rotate(ordered, candidates.isEmpty() ? 0 : -((turn - 1) % candidates.size()));
    return List.copyOf(ordered);
  }

  /** The candidates in their order, but the preferred ones before the others. */
  public static <C> List<C> preferring(Predicate<C> preferred, List<C> candidates) {
    return Stream.concat(
            candidates.stream().filter(preferred), candidates.stream().filter(preferred.negate()))
        .toList();
  }
}
