package io.patchbay.torshims.gnmi;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmiext.Commit;
import io.patchbay.api.gnmiext.CommitCancel;
import io.patchbay.api.gnmiext.CommitConfirm;
import io.patchbay.api.gnmiext.CommitRequest;
import io.patchbay.api.gnmiext.Extension;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.SwitchEntry.Gnmi;
import io.patchbay.torshims.VlanNames;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A switch spoken to by gNMI (contracts tor.md 3): one Set is one transaction, and that it was made
 * is believed only when a Get has shown it. Where the entry says that the switch knows the commit
 * extension, the change is undone by the switch itself unless it is confirmed after that look;
 * elsewhere this driver puts back what was there before. One thread at a time.
 *
 * <p>A Get cannot tell what is there to stay from a change that awaits its confirmation, nor from
 * what a Set that nobody has answered is yet to change. So a port counts as it should be only after
 * a Set of this process that was answered, and shown to be made: until then it is set again. That a
 * switch makes Sets in the order in which they came is taken for granted.
 */
public final class GnmiSwitch implements SwitchDriver {
  private static final Logger log = LoggerFactory.getLogger(GnmiSwitch.class);

  private final SwitchEntry entry;
  private final boolean confirms;
  private final GnmiCalls calls;
  private final String commit;
  private final NeededVlans vlans;
  private final Time time;
  private final Set<String> proven = new HashSet<>();
  private volatile Watcher watcher = () -> {};
  private final GnmiEvents events;

  /** Whether a change of ours, perhaps of an earlier process, may await its confirmation. */
  private boolean leftover;

  /** Whether the connection has been of use: when it breaks, a new one may be, too. */
  private boolean connected;

  /**
   * Connects when it is first used.
   *
   * @param gnmi the entry's section
   * @param commit names this shim's unconfirmed changes on that switch: the same after a restart,
   *     unlike any other shim's
   * @param names of VLANs that have to be made
   */
  public GnmiSwitch(SwitchEntry entry, Gnmi gnmi, String commit, VlanNames names, Time time) {
    this(entry, gnmi, Set.of(), commit, names, time);
  }

  /**
   * As the other.
   *
   * @param lags the ports that are LAGs: their VLANs are elsewhere
   */
  public GnmiSwitch(
      SwitchEntry entry, Gnmi gnmi, Set<String> lags, String commit, VlanNames names, Time time) {
    this.entry = entry;
    this.confirms = gnmi.confirmsCommits();
    this.commit = commit;
    this.time = time;
    GnmiPort words = new GnmiPort(lags);
    this.calls = new GnmiCalls(entry, words, new GnmiDoor(entry, gnmi), () -> watcher.speaks());
    this.vlans = new NeededVlans(entry, calls, names);
    this.leftover = confirms;
    this.events =
        new GnmiEvents(
            entry.who(),
            calls,
            words,
            time,
            () -> watcher.linksChanged(),
            () -> watcher.portsChanged());
  }

  @Override
  public void watch(Watcher watcher) {
    this.watcher = watcher;
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    Map<String, PortReading> readings = new TreeMap<>();
    onLiveConnection(() -> {
      cancelLeftover();
      readings.putAll(calls.get(ports));
      connected = true;
    });
    return readings;
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    Map<String, Set<String>> heard = new TreeMap<>();
    onLiveConnection(() -> {
      cancelLeftover();
      heard.putAll(calls.neighbours());
      connected = true;
    });
    return heard;
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    Map<String, Boolean> links = new TreeMap<>();
    onLiveConnection(() -> {
      cancelLeftover();
      links.putAll(calls.links(ports));
      connected = true;
      events.followLinks(ports);
      events.followPorts();
    });
    return links;
  }

  @Override
  public boolean makesVlans() {
    return !entry.networkInstance().isEmpty();
  }

  @Override
  public Map<Integer, String> madeVlans(Set<Integer> some) {
    Map<Integer, String> made = new TreeMap<>();
    onLiveConnection(() -> {
      cancelLeftover();
      made.putAll(vlans.made(some));
      connected = true;
    });
    return made;
  }

  @Override
  public Optional<Map<Integer, String>> vnis() {
    if (!makesVlans()) {
      return Optional.empty();
    }
    Map<Integer, String> vnis = new TreeMap<>();
    onLiveConnection(() -> {
      cancelLeftover();
      vnis.putAll(calls.vnis());
      connected = true;
    });
    return Optional.of(vnis);
  }

  @Override
  public void removeVlans(Set<Integer> some) {
    onLiveConnection(() -> {
      cancelLeftover();
      vlans.remove(some, new Patience(entry.who(), time, entry.deadlines().answer()));
      connected = true;
    });
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    Patience waits = new Patience(entry.who(), time, patience);
    Map<String, PortReading> before = new TreeMap<>();
    events.whileMaking(wanted, () -> onLiveConnection(() -> make(wanted, before, waits)));
    return before;
  }

  /** Does it, once more on a new connection if the one that has been of use so far breaks. */
  private void onLiveConnection(Runnable task) {
    try {
      task.run();
    } catch (Failure e) {
      boolean broke = connected && e.getCause() instanceof StatusRuntimeException;
      note(e);
      if (!broke || e.kind() != Failure.Kind.UNAVAILABLE) {
        throw e;
      }
      log.info("{}; trying again on a new connection", Failure.text(e));
      again(task);
    }
  }

  private void again(Runnable task) {
    try {
      task.run();
    } catch (Failure e) {
      note(e);
      throw e;
    }
  }

  /**
   * One try.
   *
   * @param before gets what the ports had that it writes, unless an earlier try has put it there
   */
  private void make(
      Map<String, PortConfig> wanted, Map<String, PortReading> before, Patience patience) {
    cancelLeftover();
    Map<String, PortReading> now = calls.get(wanted.keySet());
    connected = true;
    watcher.finds(Map.copyOf(now));
    Map<String, PortConfig> doubtful = vlans.missing(wanted, now);
    wanted.forEach((port, config) -> {
      // what is not there need not be taken away: the switch may not even have the model
      if (!config.equals(PortEntry.NONE) && !proven.contains(port)) {
        doubtful.put(port, config);
      }
    });
    Map<String, PortConfig> change = calls.sparing(doubtful);
    if (change.isEmpty()) {
      events.followPorts(); // not with each change: that would be a stream for each
      return;
    }
    log.info("{}: {}", entry.who(), change);
    proven.removeAll(change.keySet());
    Map<String, PortReading> earlier = Map.copyOf(before);
    now.keySet().retainAll(change.keySet());
    tell(now, earlier, before);
    Runnable again = () -> tell(calls.get(change.keySet()), earlier, before);
    if (confirms) {
      changeAndConfirm(change, before, new Turn(patience, again));
    } else {
      changeOrPutBack(change, before, new Turn(patience, again));
    }
    proven.addAll(change.keySet());
  }

  /** How a change waits for others, and what is to be done before it is tried again. */
  private record Turn(Patience patience, Runnable again) {}

  /**
   * Tells what is about to be written, each time anew: there is no lock, and others may have
   * written while they were waited for.
   *
   * @param earlier what is known from a try that may have written since
   * @param before gets it
   */
  private void tell(
      Map<String, PortReading> now,
      Map<String, PortReading> earlier,
      Map<String, PortReading> before) {
    before.putAll(now);
    before.putAll(earlier);
    watcher.overwrites(Map.copyOf(before));
  }

  /** A connection that is gone is made anew, with what the files of the entry say by then. */
  private void note(Failure failure) {
    boolean shutOut = failure.kind() == Failure.Kind.DENIED && !NotPermitted.isBehind(failure);
    if (isSilence(failure) || shutOut) {
      leftover = confirms;
      connected = false;
      events.close();
      calls.close();
      watcher.lost();
    }
  }

  // ---- the commit extension ----

  private void changeAndConfirm(
      Map<String, PortConfig> change, Map<String, PortReading> before, Turn turn) {
    leftover = true;
    boolean made = false;
    try {
      calls.insist(with(vlans.edit(change, before), waiting()), turn.patience(), turn.again());
      made = true;
      check(change);
      watcher.confirms(entry.deadlines().agreement());
      CommitConfirm confirm = CommitConfirm.getDefaultInstance();
      calls.set(with(SetRequest.newBuilder(), Commit.newBuilder().setConfirm(confirm)));
      leftover = false;
    } catch (Failure e) {
      if (isSilence(e)) {
        throw e;
      }
      boolean cancelled = cancelLeftover();
      Failure refusal = refusal(e, cancelled || !made, change.keySet(), before);
      if (cancelled && refusal == e) {
        proven.addAll(change.keySet()); // as they were: nothing is under way any more
      }
      throw refusal;
    }
  }

  private Commit.Builder waiting() {
    CommitRequest.Builder waiting = CommitRequest.newBuilder();
    waiting.getRollbackDurationBuilder().setSeconds(entry.deadlines().confirmation().toSeconds());
    return Commit.newBuilder().setCommit(waiting);
  }

  private SetRequest with(SetRequest.Builder set, Commit.Builder how) {
    return set.addExtension(Extension.newBuilder().setCommit(how.setId(commit))).build();
  }

  /**
   * Whether the switch says that it has cancelled a change of ours. It refuses when there is
   * nothing to cancel, and perhaps when it is busy, which it does not tell apart.
   */
  private boolean cancelLeftover() {
    if (!leftover) {
      return false;
    }
    try {
      CommitCancel cancel = CommitCancel.getDefaultInstance();
      calls.set(with(SetRequest.newBuilder(), Commit.newBuilder().setCancel(cancel)));
      log.warn("{}: cancelled a change that was never confirmed", entry.who());
      leftover = false;
      return true;
    } catch (Failure e) {
      if (isSilence(e) || e.kind() == Failure.Kind.DENIED) {
        throw e;
      }
      log.debug("{}: nothing to cancel: {}", entry.who(), Failure.text(e));
      leftover = false;
      return false;
    }
  }

  // ---- without it ----

  private void changeOrPutBack(
      Map<String, PortConfig> change, Map<String, PortReading> before, Turn turn) {
    try {
      calls.insist(vlans.edit(change, before).build(), turn.patience(), turn.again());
      check(change);
    } catch (Failure e) {
      if (isSilence(e)) {
        throw e;
      }
      if (vlans.missing(change, calls.get(change.keySet())).isEmpty()) {
        log.warn("{}; yet the ports are as wanted", Failure.text(e));
        return;
      }
      putBack(change.keySet(), before, e);
      throw refusal(e, true, change.keySet(), before);
    }
  }

  private void putBack(Set<String> ports, Map<String, PortReading> before, Failure cause) {
    Map<String, PortReading> now = calls.get(ports);
    Map<String, PortConfig> changed =
        calls.sparing(PortReading.different(former(ports, before), now));
    if (changed.isEmpty()) {
      return;
    }
    log.warn("{}; putting back {}", Failure.text(cause), changed);
    try {
      calls.set(calls.edit(changed, now).build());
    } catch (Failure e) {
      throw unknown(cause, "; nor can it be put back: " + Failure.text(e));
    }
  }

  // ---- what is there ----

  /** The switch has refused, and the ports are as they were; or nothing is known of them. */
  private Failure refusal(
      Failure cause, boolean undone, Set<String> ports, Map<String, PortReading> before) {
    Map<String, PortConfig> changed =
        PortReading.different(former(ports, before), calls.get(ports));
    if (undone && changed.isEmpty()) {
      return cause;
    }
    return unknown(
        cause, changed.isEmpty() ? "; it is not said to be undone" : "; not undone: " + changed);
  }

  private static Failure unknown(Failure cause, String more) {
    return new Failure(Failure.Kind.UNAVAILABLE, Failure.text(cause) + more, cause);
  }

  private static Map<String, PortConfig> former(
      Set<String> ports, Map<String, PortReading> before) {
    Map<String, PortConfig> former = new TreeMap<>();
    ports.forEach(port -> former.put(port, Objects.requireNonNull(before.get(port)).raw()));
    return former;
  }

  private static boolean isSilence(Failure failure) {
    return failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT;
  }

  /** Looks whether the switch has done what it said it did. */
  private void check(Map<String, PortConfig> wanted) {
    Map<String, PortReading> now = calls.get(wanted.keySet());
    Map<String, PortConfig> missing = vlans.missing(wanted, now);
    if (!missing.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          missing.keySet().stream()
              .map(port ->
                  " port %s: wanted %s, it has %s"
                      .formatted(
                          port, wanted.get(port), Objects.requireNonNull(now.get(port)).meaning()))
              .collect(
                  Collectors.joining(";", entry.who() + " says it has changed, but has not", "")));
    }
  }

  @Override
  public void close() {
    events.close();
    calls.close();
  }
}
