package io.patchbay.torshims;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a switch's writer has before it.
 *
 * @param waiting changes that wait for their turn
 * @param oldestChange how long the oldest change has waited, the one at hand included; zero without
 *     any
 * @param unsettledPorts ports that may not be as they should be
 * @param unsettled how long the one that has been so longest is; zero without any
 */
record SwitchLoad(int waiting, Duration oldestChange, int unsettledPorts, Duration unsettled) {
  /**
   * As it is known now.
   *
   * @param changes those that wait, and those at hand
   */
  static SwitchLoad of(int waiting, Stream<Change> changes, Doubts doubts, Instant now) {
    return new SwitchLoad(
        waiting,
        age(changes.map(Change::asked).min(Instant::compareTo), now),
        doubts.ports().size(),
        age(doubts.oldest(), now));
  }

  private static Duration age(Optional<Instant> since, Instant now) {
    return since.map(then -> Duration.between(then, now)).orElse(Duration.ZERO);
  }
}
