package io.patchbay.torshims;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one switch again and again whether the ports that anybody claims have a link, those that
 * have lost it, and gateway ports without one; one question for all of them, and none where there
 * are none; at once where the switch tells by itself that there is something to ask. A switch that
 * answers with something odd tells nothing; nor does one that does not answer, for what forwards
 * packets may well be alive, unless its entry says after which time it counts as dead. Called in
 * the writer's turns, after its changes, unless it says otherwise.
 */
final class LinkWatch {
  /** How long a loss stays unseen. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** How often a switch is asked again that does not tell: somebody may give the shim the right. */
  static final Duration SELDOM = Duration.ofMinutes(1);

  /** Before the first look: whoever has just come has its answer before the switch is asked. */
  private static final Duration SOON = Duration.ofSeconds(1);

  /** A card that goes takes many links; a link that flutters is not asked for at each turn. */
  private static final Duration GATHERING = Duration.ofMillis(50);

  private static final Backoff PACE = new Backoff(INTERVAL, SELDOM);
  private static final Logger log = LoggerFactory.getLogger(LinkWatch.class);

  private final Repair.Site site;
  private final PortLinks links;
  private final Turns turns;
  private final Time time;
  private final AtomicBoolean planned = new AtomicBoolean();
  private final AtomicBoolean due = new AtomicBoolean();
  private final AtomicBoolean toldOfChange = new AtomicBoolean();
  private volatile Runnable news = () -> {};
  private Duration pause = SOON;

  /** How many looks in a row told nothing. */
  private int vain;

  private String problem = "";

  LinkWatch(Repair.Site site, PortLinks links, Turns turns, Time time) {
    this.site = site;
    this.links = links;
    this.turns = turns;
    this.time = time;
  }

  /** Has a task run in the turn whenever other ports are without a link; only before the first. */
  void onChange(Runnable task) {
    news = task;
  }

  /** Whether a turn is needed. Any thread may call it. */
  boolean isDue() {
    return due.get();
  }

  /** What is due; and plans the next look. */
  void run() {
    Set<String> claimed = site.claims().intent().ports();
    if (due.getAndSet(false)) {
      look(claimed);
    }
    if (watched(claimed).isEmpty()) {
      pause = SOON;
    } else if (!planned.getAndSet(true)) {
      Time.Timer unused = time.schedule(pause, this::call);
    }
  }

  private void call() {
    planned.set(false);
    due.set(true);
    turns.wake();
  }

  /** The switch says that links are other than they were. Any thread may call it. */
  void changed() {
    if (!turns.closed() && !toldOfChange.getAndSet(true)) {
      Time.Timer unused =
          time.schedule(
              GATHERING,
              () -> {
                toldOfChange.set(false);
                due.set(true);
                turns.wake();
              });
    }
  }

  /**
   * The ports that are claimed, those that have failed, and gateway ports that had no link when
   * they were last asked for: by them it is told whether anybody may come.
   */
  private Set<String> watched(Set<String> claimed) {
    Set<String> watched = links.down();
    watched.retainAll(site.ports().gateways());
    watched.addAll(links.failed());
    watched.addAll(claimed);
    return watched;
  }

  private void look(Set<String> claimed) {
    forgetUnused(claimed);
    Set<String> before = links.down();
    ask(claimed);
    if (!links.down().equals(before)) {
      news.run();
    }
  }

  private void ask(Set<String> claimed) {
    try {
      Set<String> ports = watched(claimed);
      Map<String, Boolean> now = ports.isEmpty() ? Map.of() : site.ports().links(ports);
      problem = "";
      pace(ports.isEmpty() || !now.isEmpty());
      tell(links.told(now, claimed, time.now()));
    } catch (RuntimeException e) {
      Failure failure = Repair.failure(e);
      pace(false);
      complain(Failure.text(failure));
      if (isUnwilling(failure)) {
        tell(links.told(Map.of(), claimed, time.now()));
      } else if (isSilence(failure) && !(links.mayDie() && answersOtherwise())) {
        Map<String, Boolean> failed = links.notAnswered(claimed, time.now());
        if (!failed.isEmpty()) {
          log.warn("{}: has not answered for so long that it counts as dead", site.name());
        }
        tell(failed, "counts as failed, as its switch does not answer");
      } else {
        links.oddAnswer();
      }
    }
  }

  private void forgetUnused(Set<String> claimed) {
    links
        .forgetUnused(claimed)
        .forEach(port ->
            log.info(
                "{}: port {}, which had lost its link, is forgotten: no cable, and nobody is on it",
                site.name(),
                port));
  }

  private void pace(boolean told) {
    vain = told ? 0 : vain + 1;
    pause = told ? INTERVAL : PACE.pause(vain);
  }

  /** Whether the switch has answered that it does not tell, or not the shim's user. */
  private static boolean isUnwilling(Failure failure) {
    return NotPermitted.isBehind(failure)
        || failure.kind() == Failure.Kind.UNSUPPORTED
        || failure.kind() == Failure.Kind.NOT_FOUND;
  }

  /** Whether it is only this question that it does not answer. */
  private boolean answersOtherwise() {
    try {
      site.ports().probe();
      return true;
    } catch (RuntimeException e) {
      return !isSilence(Repair.failure(e));
    }
  }

  private static boolean isSilence(Failure failure) {
    return (failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT)
        && !Hindrance.isBehind(failure, Hindrance.class);
  }

  private void tell(Map<String, Boolean> changes) {
    tell(changes, "has lost its link");
  }

  private void tell(Map<String, Boolean> changes, String loss) {
    changes.forEach((port, up) -> {
      List<String> concerned =
          site.claims().of(site.claims().intent(), port).stream()
              .map(SwitchView.Claimed::connection)
              .toList();
      log.warn(
          "{}: port {} {}; connections on it: {}",
          site.name(),
          port,
          up ? "has its link" : loss,
          concerned);
      site.account().linkChanged(port, up, concerned);
    });
  }

  /** Once for as long as it is the same. */
  private void complain(String why) {
    if (!why.equals(problem)) {
      log.info("{}: which ports have a link cannot be told: {}", site.name(), why);
    }
    problem = why;
  }
}
