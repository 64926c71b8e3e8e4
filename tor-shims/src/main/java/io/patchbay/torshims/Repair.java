package io.patchbay.torshims;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the ports of one switch as they should be where that is in doubt: after a change that
 * failed, until it has come about, when it is time to look, and when the switch says that there is
 * something to see. {@link #run} is called in the writer's turns, everything else by any thread
 * unless it says otherwise.
 */
final class Repair {
  /** How long a lost switch is left alone, so that one that hangs up at once is not hunted. */
  private static final Duration AFTER_LOSS = Duration.ofSeconds(1);

  /** Between two looks that the switch has called for: many changes come together, or never end. */
  private static final Backoff RESTS = new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(10));

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Backoff PACE = new Backoff(Duration.ofMillis(200), Duration.ofMinutes(1));
  private static final Logger log = LoggerFactory.getLogger(Repair.class);

  /**
   * What it works on.
   *
   * @param name the switch's
   */
  record Site(String name, SwitchPorts ports, Claims claims, Heirs heirs, SwitchAccount account) {}

  private final Site site;
  private final Duration audit;
  private final Turns turns;
  private final Time time;
  private final Doubts doubts = new Doubts();
  private final AtomicBoolean planned = new AtomicBoolean();
  private final AtomicBoolean due = new AtomicBoolean();
  private final AtomicBoolean auditDue = new AtomicBoolean();
  private final AtomicBoolean lookDue = new AtomicBoolean();
  private final AtomicBoolean probeDue = new AtomicBoolean();
  private final AtomicBoolean lossNoted = new AtomicBoolean();

  private final Throttle looks;
  private final UnneededVlans unneeded;

  /** Whether the switch may have VLANs that nobody needs any more; of the writer's turns. */
  private boolean vlansDue = true;

  /** In a row; of the writer's turns. */
  private int failures;

  /**
   * @param audit the time between two looks at what is settled
   */
  Repair(Site site, Duration audit, Turns turns, Time time) {
    this.site = site;
    this.audit = audit;
    this.turns = turns;
    this.time = time;
    this.looks = new Throttle(this::callForLook, RESTS, time);
    this.unneeded = site.ports.unneededVlans(time);
  }

  /** Begins with every port that is owned or claimed. Called once, before the first turn. */
  void start() {
    doubt(all(), "the shim has just started");
    if (!doubts.isEmpty() || site.ports.areLost()) {
      call();
    }
    planAudit();
  }

  /** The ports that may not be as they should be. */
  Doubts doubts() {
    return doubts;
  }

  /** The ports that are owned or claimed. */
  Set<String> all() {
    Set<String> all = new TreeSet<>(site.ports.owned());
    all.addAll(site.claims.intent().wanted().keySet());
    return all;
  }

  /** Whether a turn is needed. */
  boolean isDue() {
    return due.get() || auditDue.get() || lookDue.get();
  }

  private void call() {
    planned.set(false);
    due.set(true);
    turns.wake();
  }

  private void planAudit() {
    Time.Timer unused =
        time.schedule(
            audit,
            () -> {
              if (!turns.closed()) {
                probeDue.set(true); // not after a loss: one that hangs up at once is not hunted
                callForAudit();
                planAudit();
              }
            });
  }

  private void callForAudit() {
    auditDue.set(true);
    turns.wake();
  }

  /** The connection to the switch is gone; if it reboots, it may come back with less. */
  void lost() {
    if (!turns.closed() && !lossNoted.getAndSet(true)) {
      Time.Timer unused =
          time.schedule(
              AFTER_LOSS,
              () -> {
                lossNoted.set(false);
                callForAudit();
              });
    }
  }

  /** The switch says that somebody may have changed ports; it may say so as often as it likes. */
  void changed() {
    if (!turns.closed()) {
      looks.ask();
    }
  }

  private void callForLook() {
    lookDue.set(true);
    turns.wake();
  }

  // ---- below: in the writer's turns ----

  /** A change of these ports has failed: nothing is known of them. Plans a repair. */
  void after(Set<String> touched, Failure failure) {
    doubt(touched, Failure.text(failure));
    later();
  }

  private void doubt(Set<String> doubted, String why) {
    doubts.add(doubted, why, time.now());
  }

  /** Plans one repair, however many changes have failed. */
  private void later() {
    if (!planned.getAndSet(true)) {
      failures++;
      Time.Timer unused = time.schedule(PACE.pause(failures), this::call);
    }
  }

  /** The last claim on a VLAN is gone: it is of no use on this switch any more. */
  void afterLastOfVlan() {
    vlansDue = true;
  }

  /** What is due. */
  void run() {
    boolean now = due.getAndSet(false);
    boolean audit = auditDue.getAndSet(false);
    boolean told = lookDue.getAndSet(false);
    if (told || audit) {
      doubts.look(all(), told ? Doubts.Look.TOLD : Doubts.Look.DUE, time.now());
      vlansDue |= audit;
      now |= !planned.get(); // a switch that fails is asked at the pace of repairs
    }
    if (now) {
      repair();
    }
    if (probeDue.getAndSet(false) && all().isEmpty() && !site.ports.areLost()) {
      probe();
    }
    if (vlansDue && doubts.ports().stream().noneMatch(PortItem::isVlans) && !site.ports.areLost()) {
      vlansDue = false;
      removeUnneeded();
    }
  }

  /** What fails is tried again with the next look at the switch: nobody is waiting for it. */
  private void removeUnneeded() {
    try {
      unneeded.remove(site.claims.intent());
    } catch (RuntimeException e) {
      log.warn("{}: VLANs that no port needs stay: {}", site.name, Failure.text(failure(e)));
    }
  }

  /** Whether the switch is there shows also while it has nothing of ours. */
  private void probe() {
    try {
      site.ports.probe();
    } catch (RuntimeException e) {
      log.debug("{}: {}", site.name, Failure.text(failure(e)));
    }
  }

  private void repair() {
    Set<String> doubted = doubts.ports();
    if (doubted.isEmpty() && !site.ports.areLost()) {
      return;
    }
    try {
      site.heirs.keep(site.ports.adopt(site.heirs.grace()));
      putRight(doubted);
      doubts.dispel(doubted);
      failures = 0;
    } catch (RuntimeException e) {
      Failure failure = failure(e);
      log.warn(
          "{}: ports {} are not as they should be: {}", site.name, doubted, Failure.text(failure));
      if (blamesOne(failure)) {
        byPort(doubted).forEach(this::repairAlone);
      } else {
        doubted.forEach(port -> notRepaired(port, failure));
      }
      later();
    }
  }

  /** What belongs together: an entry of a port that is to go goes with all that was put into it. */
  private static Collection<Set<String>> byPort(Set<String> items) {
    Map<String, Set<String>> byPort = new TreeMap<>();
    items.forEach(
        item -> byPort.computeIfAbsent(PortItem.port(item), port -> new TreeSet<>()).add(item));
    return byPort.values();
  }

  private void repairAlone(Set<String> items) {
    try {
      putRight(items);
      doubts.dispel(items);
    } catch (RuntimeException e) {
      log.warn("{}: port {} cannot be repaired: {}", site.name, items, Failure.text(e));
      Set<String> vlans = vlans(items);
      if (!vlans.isEmpty() && vlans.size() < items.size()) {
        repairAlone(vlans); // whoever has left must not keep its VLAN because of an MTU
        Set<String> others = new TreeSet<>(items);
        others.removeAll(vlans);
        others.forEach(item -> notRepaired(item, failure(e)));
      } else {
        items.forEach(item -> notRepaired(item, failure(e)));
      }
    }
  }

  private static Set<String> vlans(Set<String> items) {
    return items.stream()
        .filter(item -> PortItem.of(item).aspect() == PortItem.Aspect.VLANS)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void notRepaired(String port, Failure failure) {
    doubt(Set.of(port), Failure.text(failure));
    site.account.notRepaired(port, failure);
  }

  private void putRight(Set<String> doubted) {
    site.heirs.keep(site.ports.own(site.claims.intent(), doubted, site.heirs.grace()));
    PortIntent intent = site.claims.intent();
    Map<String, String> wanted = new TreeMap<>();
    doubted.forEach(port -> {
      Optional<PortConfig> config = site.ports.wanted(intent, port);
      wanted.put(port, config.map(Object::toString).orElse(""));
    });
    long start = time.nanos();
    Map<String, Altered> altered = site.ports.settle(intent, doubted, PATIENCE);
    site.ports.release(intent, doubted);
    site.account.repaired(wanted, doubts.onlyLookedAt(), altered, time.nanos() - start);
  }

  /** Whether a part of what was asked may succeed where the whole has failed. */
  static boolean blamesOne(Failure failure) {
    if (NotPermitted.isBehind(failure)) {
      return true; // rights may be given path by path
    }
    return switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT, DENIED, UNSUPPORTED -> false;
      case INVALID, NOT_FOUND, CONFLICT, EXHAUSTED, INTERNAL -> true;
    };
  }

  /** What went wrong, whatever a driver throws. */
  static Failure failure(RuntimeException e) {
    return e instanceof Failure failure
        ? failure
        : new Failure(Failure.Kind.INTERNAL, "the switch's driver failed: " + e, e);
  }
}
