package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which ports of one switch have a link, and which have lost it. Only a port that was seen with a
 * link can lose it: one that never had any, as while its node boots, has not failed. What was seen
 * is on disk, so that a loss is not forgotten with the process, and one that happens while there is
 * none is found. A switch may leave a port out once, or not know for a while: what was seen last
 * counts until it has said nothing of the port for {@link #SILENCE_MOST}. Told by the switch's
 * writer; any thread may look.
 */
final class PortLinks {
  /** How long answers may say nothing of a port; a dozen looks, as a rule. */
  static final Duration SILENCE_MOST = Duration.ofMinutes(1);

  private static final String LINK = "link/";
  private static final String UP = "up";

  private final Journal journal;
  private final String switchName;
  private final String prefix;
  private final Set<String> used;
  private final Optional<Duration> lost;

  /** Of ports that had a link: {@link #UP}, or since when it is known to be lost. */
  private final Map<String, String> seen = new ConcurrentHashMap<>();

  /** Since when answers say nothing of ports that are in {@link #seen}. */
  private final Map<String, Instant> untold = new HashMap<>();

  private volatile Map<String, Boolean> latest = Map.of();

  /** Since when the switch does not answer; empty while it does. */
  private Optional<Instant> silent = Optional.empty();

  /**
   * @param used the ports of this switch that somebody may come to: those that have a cable, and
   *     those behind which services have their gateways
   * @param lost as in a {@link SwitchEntry.Deadlines}
   */
  PortLinks(Journal journal, String switchName, Set<String> used, Optional<Duration> lost) {
    this.journal = journal;
    this.switchName = switchName;
    this.lost = lost;
    this.prefix = LINK + switchName + "/";
    this.used = Set.copyOf(used);
    journal
        .entries()
        .forEach((key, value) -> {
          if (key.startsWith(prefix)) {
            seen.put(key.substring(prefix.length()), value);
          }
        });
  }

  /** Forgets what was seen of switches that are in the file no more. */
  static void forgetOthers(Journal journal, Set<String> switches) {
    journal.removeAll(
        journal.entries().keySet().stream()
            .filter(key -> key.startsWith(LINK))
            .filter(key -> switches.stream().noneMatch(name -> key.startsWith(LINK + name + "/")))
            .toList());
  }

  /** The ports that have lost their link. */
  Set<String> failed() {
    return seen.entrySet().stream()
        .filter(port -> !port.getValue().equals(UP))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  boolean isFailed(String port) {
    return !seen.getOrDefault(port, UP).equals(UP);
  }

  /** Whether a port has no link, as far as is known: it has failed, or never had any. */
  boolean isDown(String port) {
    return isFailed(port) || Boolean.FALSE.equals(latest.get(port));
  }

  /** Those that have none by what the switch told last. */
  Set<String> down() {
    Set<String> down = failed();
    latest.forEach((port, up) -> {
      if (!up) {
        down.add(port);
      }
    });
    return down;
  }

  /** Throws {@link Failure} of kind UNAVAILABLE for a port that has lost its link. */
  void require(String port) {
    String since = seen.getOrDefault(port, UP);
    if (!since.equals(UP)) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "port %s of switch %s has had no link since %s%s; mend the cable, or enable the port"
              .formatted(
                  port,
                  switchName,
                  since,
                  lost.isPresent() ? ", or the switch has not answered" : ""));
    }
  }

  /** In a word; empty for a port of which the switch does not tell. */
  String word(String port) {
    return isFailed(port)
        ? "failed"
        : Optional.ofNullable(latest.get(port)).map(up -> up ? "up" : "down").orElse("");
  }

  /**
   * What the switch tells now of the ports that are claimed, of those that have failed, and of
   * others that had no link. A failed port of which it has told nothing for long is held against
   * nobody.
   *
   * @return the ports that have come to fail, with false, and those that fail no more, with true
   */
  Map<String, Boolean> told(Map<String, Boolean> links, Set<String> claimed, Instant now) {
    Map<String, Boolean> changes = new TreeMap<>();
    latest = Map.copyOf(links);
    silent = Optional.empty();
    Set<String> all = new TreeSet<>(seen.keySet());
    all.addAll(claimed);
    untold.keySet().removeAll(links.keySet());
    for (String port : all) {
      boolean failed = isFailed(port);
      boolean needed = failed || claimed.contains(port);
      if (needed && !links.containsKey(port) && mayYetBeTold(port, now)) {
        continue;
      }
      @Nullable Boolean up = links.get(port);
      boolean lost = Boolean.FALSE.equals(up) && (failed || UP.equals(seen.get(port)));
      if (lost && !failed) {
        put(port, now.toString());
      } else if (!lost && Boolean.TRUE.equals(up) && claimed.contains(port)) {
        put(port, UP);
      } else if (!lost) {
        forget(port);
      }
      if (lost != failed) {
        changes.put(port, !lost);
      }
    }
    return changes;
  }

  private boolean mayYetBeTold(String port, Instant now) {
    if (!seen.containsKey(port)) {
      return false;
    }
    Instant since = untold.computeIfAbsent(port, key -> now);
    return Duration.between(since, now).compareTo(SILENCE_MOST) < 0;
  }

  /** Whether the switch may come to count as dead. */
  boolean mayDie() {
    return lost.isPresent();
  }

  /** The switch has answered with something odd: that says nothing, not even of silence. */
  void oddAnswer() {
    untold.clear();
    silent = Optional.empty();
  }

  /**
   * The switch has not answered: that says nothing of its ports, until it counts as dead.
   *
   * @return the ports that have come to fail by that, with false
   */
  Map<String, Boolean> notAnswered(Set<String> claimed, Instant now) {
    untold.clear();
    Instant since = silent.orElse(now);
    silent = Optional.of(since);
    Map<String, Boolean> changes = new TreeMap<>();
    if (lost.filter(after -> !since.plus(after).isAfter(now)).isPresent()) {
      claimed.stream()
          .filter(port -> UP.equals(seen.get(port)))
          .forEach(port -> {
            put(port, now.toString());
            changes.put(port, false);
          });
    }
    return changes;
  }

  /**
   * Forgets failed ports that nobody is on, and that nobody can come to: they have no cable in the
   * file, and are no service's gateway.
   *
   * @return those ports
   */
  Set<String> forgetUnused(Set<String> claimed) {
    Set<String> unused = failed();
    unused.removeAll(claimed);
    unused.removeAll(used);
    unused.forEach(this::forget);
    Map<String, Boolean> told = new TreeMap<>(latest);
    told.keySet().removeAll(unused);
    latest = Map.copyOf(told);
    return unused;
  }

  private void put(String port, String what) {
    if (!what.equals(seen.put(port, what))) {
      journal.put(prefix + port, what);
    }
  }

  private void forget(String port) {
    untold.remove(port);
    if (seen.remove(port) != null) {
      journal.remove(prefix + port);
    }
  }
}
