package io.patchbay.torshims.snmp;

import static java.util.Objects.requireNonNull;

import io.patchbay.base.Failure;
import io.patchbay.torshims.LockHeld;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver.Watcher;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
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

  /** So many rows may be refused before the others are not tried: a switch that lets none go. */
  private static final int REFUSALS_MAX = 20;

  private final String who;
  private final SnmpCalls calls;
  private final SerialFence fence;
  private final SetSize size;
  private final Watcher watcher;
  private final Patience waits;
  private final Map<String, PortReading> before = new TreeMap<>();

  /** Those of the ports that are to be something new, not what they once were. */
  private final Set<String> fresh = new TreeSet<>();

  /** Whether a SET of this change was made, or may have been. */
  private boolean touched;

  private int silences;

  /** The size of a SET when this change began. */
  private final int octets;

  /** What the changes of one switch have in common. */
  record Means(String who, SnmpCalls calls, SerialFence fence, SetSize size, Watcher watcher) {}

  SnmpChange(Means means, Patience waits) {
    this.who = means.who();
    this.calls = means.calls();
    this.fence = means.fence();
    this.size = means.size();
    this.watcher = means.watcher();
    this.waits = waits;
    this.octets = size.octets();
  }

  /** Makes the ports so, and returns what those had that were written. */
  Map<String, PortReading> run(Map<String, PortConfig> wanted) {
    Map<String, SnmpPort> goals = new TreeMap<>();
    wanted.forEach((port, config) -> {
      goals.put(port, SnmpPort.of(config));
      if (!(config instanceof Raw)) {
        fresh.add(port);
      }
    });
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
   * @param wanted whether that was asked for, and is no putting back: then the watcher is to know
   *     what was found and what is overwritten
   */
  private BridgeState reach(Map<String, SnmpPort> goals, boolean wanted) {
    for (int tries = 1; ; ) {
      BridgeState now = calls.state();
      fence.seen(now.serial());
      if (wanted) {
        watcher.finds(now.readings(who, goals.keySet()));
      }
      SortedSet<String> different = different(goals, now);
      if (different.isEmpty() && fence.holds(now.serial())) {
        if (!touched) {
          before.clear(); // somebody else has made it so meanwhile
        }
        return now;
      }
      if (wanted && !different.isEmpty()) {
        different.stream()
            .filter(fresh::contains)
            .forEach(port -> now.checkActive(who, requireNonNull(goals.get(port))));
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
    Map<String, PortReading> told = new TreeMap<>(now);
    if (touched) {
      told.putAll(before);
    }
    before.clear();
    before.putAll(told);
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
        fence.unanswered(now.serial());
        touched = true;
        if (!SnmpCalls.isSilence(e) || ++silences > SILENCES_MAX) {
          throw e;
        }
        log.info("{}; looking what became of it", Failure.text(e));
        return Optional.empty();
      }
      if (error.tooBig()) {
        size.tooBig(now.towards(next));
        if (size.step(who, now, goals, ports).equals(next)) {
          size.octets(octets); // what has no smaller parts tells nothing of what else has room
          throw error.failure(who);
        }
      } else if (!error.none()) {
        return Optional.of(inTheWay(error, now).orElseThrow(() -> error.failure(who)));
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

  /** A refusal as one that may pass, or empty. */
  private Optional<Failure> inTheWay(SnmpError error, BridgeState set) {
    if (error.passes()) {
      return Optional.of(error.failure(who));
    }
    int serial = error.maybeStale() ? calls.serial() : set.serial();
    if (serial == set.serial()) {
      return Optional.empty();
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

  /** Takes rows away, as many as go. Throws where the switch refuses some. */
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
    SortedMap<Integer, Failure> refused = new TreeMap<>();
    unmake(from, List.copyOf(vlans), refused);
    if (!refused.isEmpty()) {
      Failure first = requireNonNull(refused.get(refused.firstKey()));
      throw new Failure(
          first.kind(),
          Failure.text(first) + "; the rows of VLANs " + refused.keySet() + " stay",
          first);
    }
  }

  /**
   * Takes rows away at once, or else the two halves of them, so that one that has to stay keeps no
   * others. Returns the state then.
   */
  private BridgeState unmake(
      BridgeState now, List<Integer> vlans, SortedMap<Integer, Failure> refused) {
    if (vlans.isEmpty() || refused.size() >= REFUSALS_MAX) {
      return now;
    }
    boolean one = vlans.size() == 1;
    if (one || size.fits(now.without(vlans))) {
      SnmpError error = destroyed(now, vlans);
      if (error.none()) {
        log.info("{}: rows of VLANs {} are nobody's any more", who, vlans);
        return now.dropped(vlans).counted();
      }
      Optional<Failure> inTheWay = inTheWay(error, now);
      if (inTheWay.isPresent()) {
        throw inTheWay.get();
      }
      if (one) {
        refused.put(vlans.getFirst(), error.failure(who));
        return now;
      }
    }
    int half = vlans.size() / 2;
    BridgeState between = unmake(now, vlans.subList(0, half), refused);
    return unmake(between, vlans.subList(half, vlans.size()), refused);
  }

  private SnmpError destroyed(BridgeState now, List<Integer> vlans) {
    try {
      return calls.set(now.without(vlans));
    } catch (Failure e) {
      fence.unanswered(now.serial());
      throw e;
    }
  }
}
