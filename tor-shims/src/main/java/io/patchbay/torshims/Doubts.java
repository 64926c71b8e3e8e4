package io.patchbay.torshims;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The ports of a switch that may not be as they should be, why, and since when. Changed by the
 * switch's writer; any thread may look.
 */
final class Doubts {
  private static final String LOOK = "it is just being looked at";

  private record Doubt(String why, Instant since) {}

  private final Map<String, Doubt> ports = new ConcurrentSkipListMap<>();

  /** For a reason; since then, unless it has been doubted before. */
  void add(Collection<String> doubted, String why, Instant now) {
    for (String port : doubted) {
      ports.merge(port, new Doubt(why, now), (old, fresh) -> new Doubt(why, old.since));
    }
  }

  /** For no other reason than that it is time to look. */
  void look(Collection<String> settled, Instant now) {
    settled.forEach(port -> ports.putIfAbsent(port, new Doubt(LOOK, now)));
  }

  /** They are as they should be. */
  void dispel(Collection<String> settled) {
    ports.keySet().removeAll(settled);
  }

  Set<String> ports() {
    return new TreeSet<>(Set.copyOf(ports.keySet()));
  }

  /** Those that were settled until it was time to look. */
  Set<String> onlyLookedAt() {
    Set<String> only = new TreeSet<>();
    ports.forEach((port, doubt) -> {
      if (doubt.why.equals(LOOK)) {
        only.add(port);
      }
    });
    return only;
  }

  Optional<String> why(String port) {
    return Optional.ofNullable(ports.get(port)).map(Doubt::why);
  }

  /** Since when the one that has been in doubt longest is. */
  Optional<Instant> oldest() {
    return ports.values().stream().map(Doubt::since).min(Instant::compareTo);
  }

  boolean isEmpty() {
    return ports.isEmpty();
  }
}
