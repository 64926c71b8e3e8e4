package io.patchbay.torshims.snmp;

import static java.util.Objects.requireNonNull;

import io.patchbay.base.Failure;
import io.patchbay.torshims.LockHeld;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver.Watcher;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change of several ports, all or none: read, a SET upon the serial number that was read, and a
 * look at what is there then. What does not fit one SET is several; what goes wrong in between is
 * put back. Used once.
 */
final class SnmpChange {
  private static final Logger log = LoggerFactory.getLogger(SnmpChange.class);

  /** So many SETs in a row may be left without an answer. */
  private static final int SILENCES_MAX = 3;

  /** So many SETs may be needed: 4094 VLANs, one in each, and as many again. */
  private static final int SETS_MAX = 10_000;

  private final String who;
  private final SnmpCalls calls;
  private final SerialFence fence;
  private final SetSize size;
  private final Watcher watcher;
  private final Patience waits;
  private final Map<String, PortReading> before = new TreeMap<>();

  /** Whether a SET of this change was made, or may have been. */
  private boolean touched;

  private int silences;

  /** What the changes of one switch have in common. */
  record Means(String who, SnmpCalls calls, SerialFence fence, SetSize size, Watcher watcher) {}

  SnmpChange(Means means, Patience waits) {
    this.who = means.who();
    this.calls = means.calls();
    this.fence = means.fence();
    this.size = means.size();
    this.watcher = means.watcher();
    this.waits = waits;
  }

  /** Makes the ports so, and returns what those had that were written. */
  Map<String, PortReading> run(Map<String, PortConfig> wanted) {
    Map<String, SnmpPort> goals = new TreeMap<>();
    wanted.forEach((port, config) -> goals.put(port, SnmpPort.of(config)));
    try {
      sweep(reach(goals, true));
    } catch (Failure e) {
      settle(e, goals);
    }
    return before;
  }

  // ---- towards a goal ----

  /**
   * Sets until the ports are so, and returns the state that has shown it.
   *
   * @param tells whether the watcher is to know what is overwritten
   */
  private BridgeState reach(Map<String, SnmpPort> goals, boolean tells) {
    for (int tries = 1; ; ) {
      BridgeState now = calls.state();
      fence.seen(now.serial());
      SortedSet<String> different = different(goals, now);
      if (different.isEmpty() && fence.holds(now.serial())) {
        if (!touched) {
          before.clear(); // somebody else has made it so meanwhile
        }
        return now;
      }
      if (tells && !different.isEmpty()) {
        log.info("{}: {}", who, texts(goals, different));
        tell(now.readings(who, different));
      }
      Optional<Failure> inTheWay = sets(now, goals, different);
      if (inTheWay.isPresent() && !waits.outlasts(tries++, inTheWay.get())) {
        throw inVain(inTheWay.get());
      }
      if (inTheWay.isEmpty() && silences == 0) {
        return checked(goals);
      }
    }
  }

  /** No refusal of the change itself, where the next try might go well. */
  private static Failure inVain(Failure refusal) {
    return refusal.getCause() instanceof LockHeld
        ? new Failure(
            Failure.Kind.UNAVAILABLE,
            "waited in vain: " + Failure.text(refusal),
            refusal.getCause())
        : refusal;
  }

  private static Map<String, String> texts(Map<String, SnmpPort> goals, SortedSet<String> ports) {
    return ports.stream()
        .collect(Collectors.toMap(port -> port, port -> requireNonNull(goals.get(port)).text()));
  }

  private SortedSet<String> different(Map<String, SnmpPort> goals, BridgeState now) {
    return goals.entrySet().stream()
        .filter(goal -> !now.port(who, goal.getKey()).equals(goal.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Tells what is about to be written, each time anew; of what may be written already, the old. */
  private void tell(Map<String, PortReading> now) {
    Map<String, PortReading> fresh = new TreeMap<>(now);
    if (touched) {
      fresh.putAll(before);
    }
    before.clear();
    before.putAll(fresh);
    watcher.overwrites(Map.copyOf(before));
  }

  /**
   * All SETs that it takes, or the serial number alone. Returns what was in the way, where that may
   * pass; a SET without an answer is no hindrance: what became of it is read.
   */
  private Optional<Failure> sets(
      BridgeState from, Map<String, SnmpPort> goals, SortedSet<String> ports) {
    BridgeState now = from;
    for (int count = 0; count < SETS_MAX; count++) {
      BridgeState next = size.step(who, now, goals, ports);
      SnmpError error;
      try {
        error = calls.set(now.towards(next));
      } catch (Failure e) {
        if (!SnmpCalls.isSilence(e) || ++silences > SILENCES_MAX) {
          throw e;
        }
        log.info("{}; looking what became of it", Failure.text(e));
        fence.unanswered(now.serial());
        touched = true;
        return Optional.empty();
      }
      if (error.tooBig()) {
        size.tooBig(now.towards(next), error.failure(who));
      } else if (!error.none()) {
        return inTheWay(error, now);
      } else {
        silences = 0;
        touched |= !ports.isEmpty();
        now = next.counted();
        if (different(goals, now).isEmpty()) {
          return Optional.empty();
        }
      }
    }
    throw new Failure(Failure.Kind.EXHAUSTED, who + ": more than " + SETS_MAX + " SETs");
  }

  /** What may pass; throws what will not. */
  private Optional<Failure> inTheWay(SnmpError error, BridgeState set) {
    Failure failure = error.failure(who);
    if (error.passes()) {
      return Optional.of(failure);
    }
    if (!error.maybeStale()) {
      throw failure;
    }
    int serial = calls.state().serial();
    if (serial == set.serial()) {
      throw failure;
    }
    String text =
        "%s: somebody else sets it: snmpSetSerialNo was %d, and is %d"
            .formatted(who, set.serial(), serial);
    return Optional.of(new Failure(Failure.Kind.UNAVAILABLE, text, new LockHeld(text)));
  }

  /** Looks whether the switch has done what it said it did. */
  private BridgeState checked(Map<String, SnmpPort> goals) {
    BridgeState now = calls.state();
    SortedSet<String> missing = different(goals, now);
    if (!missing.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          missing.stream()
              .map(port ->
                  " port %s: wanted %s, it has %s"
                      .formatted(
                          port, requireNonNull(goals.get(port)).text(), now.port(who, port).text()))
              .collect(Collectors.joining(";", who + " says it has changed, but has not", "")));
    }
    return now;
  }

  // ---- when it went wrong ----

  /** Finds out what is there and puts all of it back, and says so; returns if all is well. */
  private void settle(Failure cause, Map<String, SnmpPort> goals) {
    boolean unanswered = SnmpCalls.isSilence(cause) && !(cause.getCause() instanceof LockHeld);
    if (unanswered || before.isEmpty()) {
      throw cause;
    }
    Map<String, SnmpPort> former = new TreeMap<>();
    before.forEach((port, reading) -> former.put(port, SnmpPort.of(reading.raw())));
    try {
      BridgeState now = calls.state();
      if (different(goals, now).isEmpty() && fence.holds(now.serial())) {
        log.warn("{}; yet the ports are as wanted", Failure.text(cause));
        touched = true;
        return;
      }
      if (!different(former, now).isEmpty()) {
        log.warn("{}; putting back {}", Failure.text(cause), former);
        silences = 0;
        sweep(reach(former, false));
      }
    } catch (Failure e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          Failure.text(cause) + "; nor can it be put back: " + Failure.text(e),
          cause);
    }
    throw cause;
  }

  /** Takes rows away. Throws where the switch refuses. */
  void remove(Set<Integer> vlans) {
    BridgeState now = calls.state();
    fence.seen(now.serial());
    unmake(now, now.unused(vlans));
  }

  /** What stays is taken away with a later change; nobody's frames go that way. */
  private void sweep(BridgeState now) {
    SortedSet<Integer> abandoned = now.abandoned();
    try {
      unmake(now, abandoned);
    } catch (Failure e) {
      log.warn("{}; rows that nobody is in are left there, of {}", Failure.text(e), abandoned);
    }
  }

  private void unmake(BridgeState from, SortedSet<Integer> vlans) {
    BridgeState now = from;
    SortedSet<Integer> left = new TreeSet<>(vlans);
    while (!left.isEmpty()) {
      SortedSet<Integer> some = size.some(now, left);
      try {
        SnmpError error = calls.set(now.without(some));
        if (!error.none()) {
          throw error.failure(who);
        }
      } catch (Failure e) {
        if (SnmpCalls.isSilence(e)) {
          fence.unanswered(now.serial());
        }
        throw e;
      }
      log.info("{}: rows of VLANs {} are nobody's any more", who, some);
      now = now.dropped(some).counted();
      left.removeAll(some);
    }
  }
}
