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
  /** A switch that leaves this question without an answer costs its connection each time. */
  private static final int PATIENCE_WITH_SILENCE = 10;

  private static final Logger log = LoggerFactory.getLogger(Lookout.class);

  private final String name;
  private final SwitchDriver driver;
  private final Neighbours neighbours;
  private final Duration interval;
  private final Time time;
  private Instant due = Instant.MIN;
  private String problem = "";

  /**
   * @param interval how often it is asked; whoever calls in that rhythm finds it due each time
   */
  Lookout(String name, SwitchDriver driver, Neighbours neighbours, Duration interval, Time time) {
    this.name = name;
    this.driver = driver;
    this.neighbours = neighbours;
    this.interval = interval.multipliedBy(9).dividedBy(10);
    this.time = time;
  }

  /** Hears if that was never tried: before the first change nothing is known. */
  void hearFirst() {
    if (due.equals(Instant.MIN)) {
      hear();
    }
  }

  /** Hears again if it is time to. What the switch does not tell is as it was, for a while. */
  void hear() {
    Instant now = time.now();
    if (now.isBefore(due)) {
      return;
    }
    due = now.plus(interval);
    try {
      neighbours.heard(name, driver.neighbours());
      problem = "";
    } catch (RuntimeException e) {
      if (e instanceof Failure failure && failure.kind() == Failure.Kind.TIMEOUT) {
        due = now.plus(interval.multipliedBy(PATIENCE_WITH_SILENCE));
      }
      tell(Failure.text(e));
    }
  }

  /** Once for as long as it is the same. */
  private void tell(String why) {
    if (!why.equals(problem)) {
      log.info("{}: which NICs are at its ports cannot be told: {}", name, why);
    }
    problem = why;
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
