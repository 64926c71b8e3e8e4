package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.Patience;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortEntry;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.WantedPorts;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A switch spoken to by NETCONF (contracts tor.md 1.5): through its candidate datastore where it
 * has one, else by editing what is running. Keeps one session and opens a new one when it is lost.
 * A change that was cut off by a crash or a lost session is undone before anything else is asked of
 * the switch: its commit is cancelled by its persist token, or what it wrote is put back from the
 * {@link UndoLog}. One thread at a time.
 */
public final class NetconfSwitch implements SwitchDriver {
  private static final Logger log = LoggerFactory.getLogger(NetconfSwitch.class);

  /** Opens the byte stream to the switch, anew for each session. */
  @FunctionalInterface
  interface Dial {
    Wire open();
  }

  private final SwitchEntry entry;
  private final Dial dial;
  private final String persist;
  private final UndoLog undo;
  private final VlanNames names;
  private final OpenConfigPort ports;
  private final Time time;

  /**
   * Of what {@link CandidateChange} has done. Where a commit cannot be cancelled by name, ports
   * that are not known to be confirmed may show a change of a lost session that the switch is yet
   * to undo.
   */
  private final CandidateChange.Experience experience = new CandidateChange.Experience();

  private final WantedPorts wantedPorts = new WantedPorts();
  private final ChangeEvents changes;
  private volatile Watcher watcher = () -> {};
  private @Nullable NetconfSession session;

  /**
   * Connects when it is first used.
   *
   * @param persist names this shim's unconfirmed commits on that switch: the same after a restart,
   *     unlike any other shim's
   * @param undo what this shim has begun on that switch, where the switch undoes nothing itself
   * @param names of VLANs that have to be made
   */
  public NetconfSwitch(
      SwitchEntry entry, SshDoor door, String persist, UndoLog undo, VlanNames names, Time time) {
    this(entry, () -> door.open(entry), persist, undo, names, time);
  }

  /**
   * As the other.
   *
   * @param lags the ports that are LAGs: their VLANs are elsewhere
   */
  public NetconfSwitch(
      SwitchEntry entry,
      SshDoor door,
      Set<String> lags,
      String persist,
      UndoLog undo,
      VlanNames names,
      Time time) {
    this(entry, () -> door.open(entry), new OpenConfigPort(lags), persist, undo, names, time);
  }

  NetconfSwitch(
      SwitchEntry entry, Dial dial, String persist, UndoLog undo, VlanNames names, Time time) {
    this(entry, dial, new OpenConfigPort(Set.of()), persist, undo, names, time);
  }

  private NetconfSwitch(
      SwitchEntry entry,
      Dial dial,
      OpenConfigPort ports,
      String persist,
      UndoLog undo,
      VlanNames names,
      Time time) {
    this.entry = entry;
    this.dial = dial;
    this.ports = ports;
    this.persist = persist;
    this.undo = undo;
    this.names = names;
    this.time = time;
    this.changes = new ChangeEvents(entry.who(), wantedPorts, () -> watcher.portsChanged(), time);
  }

  @Override
  public void watch(Watcher watcher) {
    this.watcher = watcher;
  }

  @Override
  public Map<String, PortReading> read(Set<String> keys) {
    return onLiveSession(session -> dialogue(session, Duration.ZERO).read(keys));
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    return onLiveSession(session -> dialogue(session, Duration.ZERO).neighbours());
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    return onLiveSession(session -> dialogue(session, Duration.ZERO).links(ports));
  }

  @Override
  public boolean makesVlans() {
    return !entry.networkInstance().isEmpty();
  }

  @Override
  public Map<Integer, String> madeVlans(Set<Integer> some) {
    return onLiveSession(session -> dialogue(session, Duration.ZERO).vlans(some).ours(some, names));
  }

  @Override
  public Optional<Map<Integer, String>> vnis() {
    return makesVlans()
        ? Optional.of(onLiveSession(session -> dialogue(session, Duration.ZERO).vnis()))
        : Optional.empty();
  }

  @Override
  public void removeVlans(Set<Integer> some) {
    var unused =
        onLiveSession(session -> {
          Dialogue dialogue = dialogue(session, entry.deadlines().answer());
          if (!dialogue.vlans(some).removal(some, names).isEmpty()) {
            new VlanRemoval(dialogue).run(some);
          }
          return some;
        });
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    Patience waits = new Patience(entry.who(), time, patience);
    Set<String> fresh = wantedPorts.put(wanted);
    try {
      return make(wanted, waits);
    } catch (RuntimeException e) {
      wantedPorts.forget(fresh);
      throw e;
    }
  }

  private Map<String, PortReading> make(Map<String, PortConfig> wanted, Patience waits) {
    Map<String, PortReading> before = new TreeMap<>(); // also of a try whose session was lost
    return onLiveSession(session -> {
      Dialogue dialogue = new Dialogue(entry, ports, session, waits, names);
      Map<String, PortReading> now = dialogue.read(wanted);
      watcher.finds(now);
      Map<String, PortConfig> different = dialogue.different(wanted, now);
      if (forgetsWithTheSession(session.capabilities())) {
        wanted.forEach((port, config) -> {
          // what is not there need not be taken away: the switch may not even have the model
          if (!config.equals(PortEntry.NONE) && !experience.confirmed.contains(port)) {
            different.put(port, config);
          }
        });
      }
      if (!different.isEmpty()) {
        change(
            dialogue,
            different,
            overwritten -> {
              overwritten.forEach(before::putIfAbsent);
              watcher.overwrites(Map.copyOf(before));
            });
      }
      return before;
    });
  }

  @Override
  public void rehearse(Map<String, PortConfig> wanted, Duration patience) {
    var unused =
        onLiveSession(session -> {
          new Rehearsal(dialogue(session, patience)).run(wanted);
          return wanted;
        });
  }

  private Dialogue dialogue(NetconfSession session, Duration patience) {
    return new Dialogue(entry, ports, session, new Patience(entry.who(), time, patience), names);
  }

  private void change(
      Dialogue dialogue,
      Map<String, PortConfig> wanted,
      Consumer<Map<String, PortReading>> overwrites) {
    log.info("{}: {}", entry.who(), wanted);
    if (!dialogue.capabilities().candidate()) {
      new RunningChange(dialogue, undo).run(wanted, overwrites);
    } else {
      new CandidateChange(dialogue, persist, experience, overwrites, watcher::confirms).run(wanted);
    }
  }

  /** Whether an unconfirmed commit of a lost session can be neither seen nor cancelled. */
  private static boolean forgetsWithTheSession(Capabilities can) {
    return can.confirmedCommit() && !can.persistentCommit();
  }

  /** Runs a task, once more if the session turns out to have been lost. */
  private <T> T onLiveSession(Task<T> task) {
    try {
      return task.run(session());
    } catch (Failure e) {
      boolean lost = session != null && session.ended();
      if (e.kind() != Failure.Kind.UNAVAILABLE || !lost) {
        throw e;
      }
      log.info("{}; trying again on a new session", Failure.text(e));
      return task.run(session());
    }
  }

  @FunctionalInterface
  private interface Task<T> {
    T run(NetconfSession session);
  }

  private NetconfSession session() {
    NetconfSession current = session;
    if (current != null && !current.ended() && isToldOn(current)) {
      return current;
    }
    session = null;
    watcher.speaks();
    NetconfSession fresh =
        new NetconfSession(entry.who(), dial.open(), time, entry.deadlines().answer());
    fresh.asksFor(watcher::speaks);
    session = fresh;
    try {
      takeUp(fresh);
      changes.subscribe(fresh);
    } catch (Failure e) {
      if (!fresh.ended()) {
        close();
      }
      throw e;
    }
    fresh.whenOver(() -> {
      changes.over(fresh);
      watcher.lost();
    });
    return fresh;
  }

  /** Or need not be. False if the session has ended over it. */
  private boolean isToldOn(NetconfSession current) {
    try {
      changes.subscribe(current);
      return true;
    } catch (Failure e) {
      log.info("{}; going on with a new session", Failure.text(e));
      return false;
    }
  }

  /** Sees to it that nothing of an earlier session is left half done. */
  private void takeUp(NetconfSession fresh) {
    Capabilities can = fresh.capabilities();
    if (!can.candidate() && !can.writableRunning()) {
      throw new Failure(
          Failure.Kind.UNSUPPORTED,
          entry.who()
              + " has no datastore that can be edited (capability candidate:1.0 or"
              + " writable-running:1.0); enable one there");
    }
    if (!can.candidate()) {
      new RunningChange(dialogue(fresh, entry.deadlines().answer()), undo).recover();
    } else {
      undo.drop(); // of a time when it had no candidate; the ports are the shim's, which sets them
      if (can.persistentCommit()) {
        cancelLeftover(fresh);
      }
    }
  }

  /**
   * Undoes what an earlier session left unconfirmed. The switch refuses when there is nothing; when
   * it refuses for any other reason, there may be something, and nothing else is asked.
   */
  private void cancelLeftover(NetconfSession fresh) {
    Reply reply = fresh.call(Operations.cancel(persist));
    if (reply.done()) {
      log.warn("{}: cancelled a commit that was never confirmed", entry.who());
    } else if (!reply.findsNothing()) {
      throw reply.failure(entry.who());
    }
  }

  @Override
  public void close() {
    NetconfSession current = session;
    session = null;
    if (current != null) {
      current.close();
    }
  }
}
