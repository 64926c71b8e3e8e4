package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.Change.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears by LLDP what is at the ports of one switch, anew from time to time, and refuses what would
 * be programmed for a NIC that is not there. Called in the turns of the switch's writer.
 */
final class Lookout {
  private static final Logger log = LoggerFactory.getLogger(Lookout.class);

  private final String name;
  private final SwitchDriver driver;
  private final Neighbours neighbours;
  private final Duration interval;
  private final Time time;
  private Instant due = Instant.MIN;

  /**
   * @param interval how old may be what was heard
   */
  Lookout(String name, SwitchDriver driver, Neighbours neighbours, Duration interval, Time time) {
    this.name = name;
    this.driver = driver;
    this.neighbours = neighbours;
    this.interval = interval;
    this.time = time;
  }

  /** Hears again if it is time to. What the switch does not tell is as it was. */
  void hear() {
    if (time.now().isBefore(due)) {
      return;
    }
    try {
      neighbours.heard(name, driver.neighbours());
    } catch (Failure e) {
      log.info("{}: who is at its ports cannot be told: {}", name, Failure.text(e));
    }
    due = time.now().plus(interval);
  }

  /** Why a change must not be made; empty when it may. A port may always be given back. */
  Optional<Failure> objection(Change change) {
    return change.verb() == Verb.LEAVE
        ? Optional.empty()
        : neighbours
            .contradiction(name, change.port())
            .map(against ->
                new Failure(
                    Failure.Kind.CONFLICT,
                    against + "; replug the cable, or mend the cables file"));
  }
}
