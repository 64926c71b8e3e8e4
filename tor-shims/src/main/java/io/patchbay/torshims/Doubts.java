package io.patchbay.torshims;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The ports of a switch that may not be as they should be, why, and since when. Changed by the
 * switch's writer; any thread may look.
 */
final class Doubts {
  /** Why ports that were settled are looked at. */
  enum Look {
    /** It is time to. */
    DUE("it is just being looked at", "found by a look"),
    /** The switch has said that somebody may have changed them. */
    TOLD("the switch says that it may have been changed", "told by the switch");

    private final String doubt;
    private final String found;

    Look(String doubt, String found) {
      this.doubt = doubt;
      this.found = found;
    }

    /** How it is known that one was not as it should be. */
    String found() {
      return found;
    }
  }

  private record Doubt(String why, Instant since) {}

  private final Map<String, Doubt> ports = new ConcurrentSkipListMap<>();

  /** For a reason; since then, unless it has been doubted before. */
  void add(Collection<String> doubted, String why, Instant now) {
    for (String port : doubted) {
      ports.merge(port, new Doubt(why, now), (old, fresh) -> new Doubt(why, old.since));
    }
  }

  /** For no other reason than that they are looked at; those in doubt already stay so. */
  void look(Collection<String> settled, Look look, Instant now) {
    settled.forEach(port -> ports.putIfAbsent(port, new Doubt(look.doubt, now)));
  }

  /** They are as they should be. */
  void dispel(Collection<String> settled) {
    ports.keySet().removeAll(settled);
  }

  Set<String> ports() {
    return new TreeSet<>(Set.copyOf(ports.keySet()));
  }

  /** Those that were settled until they were looked at, and why they are. */
  Map<String, Look> onlyLookedAt() {
    Map<String, Look> only = new TreeMap<>();
    ports.forEach((port, doubt) -> {
      for (Look look : Look.values()) {
        if (doubt.why.equals(look.doubt)) {
          only.put(port, look);
        }
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
