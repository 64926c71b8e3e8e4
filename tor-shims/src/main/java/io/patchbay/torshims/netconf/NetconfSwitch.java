package io.patchbay.torshims.netconf;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A switch spoken to by NETCONF through its candidate datastore (contracts tor.md 1.5): lock,
 * discard, edit, validate, a commit that the switch undoes by itself, a look at what is there now,
 * and only then the confirmation. Keeps one session and opens a new one when it is lost. A change
 * that was cut off by a crash or a lost session is cancelled by its persist token before anything
 * else is asked of the switch. One thread at a time.
 */
public final class NetconfSwitch implements SwitchDriver {
  private static final Logger log = LoggerFactory.getLogger(NetconfSwitch.class);
  private static final Backoff LOCK_WAIT =
      new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

  /** Opens the byte stream to the switch, anew for each session. */
  @FunctionalInterface
  interface Dial {
    Wire open();
  }

  private final SwitchEntry entry;
  private final Dial dial;
  private final String persist;
  private final Time time;

  /**
   * The ports whose commit is known to be confirmed. Where a commit cannot be cancelled by name,
   * the others may show a change of a lost session that the switch is yet to undo.
   */
  private final Set<String> confirmed = new HashSet<>();

  private Runnable lost = () -> {};
  private @Nullable NetconfSession session;

  /**
   * Connects when it is first used.
   *
   * @param persist names this shim's unconfirmed commits on that switch: the same after a restart,
   *     unlike any other shim's
   */
  public NetconfSwitch(SwitchEntry entry, SshDoor door, String persist, Time time) {
    this(entry, () -> door.open(entry), persist, time);
  }

  NetconfSwitch(SwitchEntry entry, Dial dial, String persist, Time time) {
    this.entry = entry;
    this.dial = dial;
    this.persist = persist;
    this.time = time;
  }

  @Override
  public void watch(Runnable lost) {
    this.lost = lost;
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    return onLiveSession(session -> read(session, ports));
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    long start = time.nanos();
    Map<String, PortReading> before = new TreeMap<>(); // also of a try whose session was lost
    return onLiveSession(session -> {
      Map<String, PortReading> now = read(session, wanted.keySet());
      Map<String, PortConfig> different = different(wanted, now);
      if (forgetsWithTheSession(session.capabilities())) {
        wanted.forEach((port, config) -> {
          if (!confirmed.contains(port)) {
            different.put(port, config);
          }
        });
      }
      if (!different.isEmpty()) {
        log.info("{}: {}", entry.who(), different);
        different
            .keySet()
            .forEach(port -> before.putIfAbsent(port, Objects.requireNonNull(now.get(port))));
        Duration left = patience.minusNanos(time.nanos() - start);
        new Transaction(session, different, now, left).run();
      }
      return before;
    });
  }

  /** Whether an unconfirmed commit of a lost session can be neither seen nor cancelled. */
  private static boolean forgetsWithTheSession(Capabilities can) {
    return can.confirmedCommit() && !can.persistentCommit();
  }

  /** Runs a task, once more if the session turns out to have been lost. */
  private Map<String, PortReading> onLiveSession(Task task) {
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
  private interface Task {
    Map<String, PortReading> run(NetconfSession session);
  }

  private NetconfSession session() {
    NetconfSession current = session;
    if (current != null && !current.ended()) {
      return current;
    }
    session = null;
    NetconfSession fresh =
        new NetconfSession(entry.who(), dial.open(), time, entry.deadlines().answer());
    session = fresh;
    if (!fresh.capabilities().candidate()) {
      close();
      throw new Failure(
          Failure.Kind.UNSUPPORTED,
          entry.who() + " has no candidate datastore (capability candidate:1.0); enable it there");
    }
    if (fresh.capabilities().persistentCommit()) {
      cancelLeftover(fresh);
    }
    fresh.whenOver(lost);
    return fresh;
  }

  /**
   * Undoes what an earlier session left unconfirmed. The switch refuses when there is nothing; when
   * it refuses because somebody is in the way, there may be something, and nothing else is asked.
   */
  private void cancelLeftover(NetconfSession fresh) {
    Reply reply = fresh.call(Operations.cancel(persist));
    if (reply.done()) {
      log.warn("{}: cancelled a commit that was never confirmed", entry.who());
    } else if (reply.mayWait()) {
      close();
      throw reply.failure(entry.who());
    }
  }

  private Map<String, PortReading> read(NetconfSession session, Set<String> ports) {
    Reply reply = session.call(Operations.read(OpenConfigPort.filter(ports)));
    if (!reply.done()) {
      throw reply.failure(entry.who());
    }
    return OpenConfigPort.readings(reply.body(), ports);
  }

  private static Map<String, PortConfig> different(
      Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Map<String, PortConfig> different = new TreeMap<>();
    wanted.forEach((port, config) -> {
      if (!Objects.requireNonNull(now.get(port)).is(config)) {
        different.put(port, config);
      }
    });
    return different;
  }

  @Override
  public void close() {
    NetconfSession current = session;
    session = null;
    if (current != null) {
      current.close();
    }
  }

  /** One change of several ports, all or none. */
  private final class Transaction {
    private final NetconfSession session;
    private final Map<String, PortConfig> wanted;
    private final Map<String, PortReading> before;
    private final long end;
    private boolean ambiguous;

    Transaction(
        NetconfSession session,
        Map<String, PortConfig> wanted,
        Map<String, PortReading> before,
        Duration patience) {
      this.session = session;
      this.wanted = wanted;
      this.before = before;
      this.end = time.nanos() + patience.toNanos();
    }

    void run() {
      insist(Operations.LOCK);
      try {
        insist(Operations.DISCARD);
        insist(Operations.edit(OpenConfigPort.edit(wanted, before)));
        if (session.capabilities().validate()) {
          insist(Operations.VALIDATE);
        }
        commit();
      } catch (Failure e) {
        settle(e);
      } finally {
        leave(Operations.UNLOCK);
      }
    }

    private void commit() {
      Capabilities can = session.capabilities();
      Duration confirm = entry.deadlines().confirmation();
      if (can.persistentCommit()) {
        insist(Operations.commitConfirmed(confirm, persist));
        check();
        insist(Operations.confirm(persist));
      } else if (can.confirmedCommit()) {
        confirmed.removeAll(wanted.keySet());
        insist(Operations.commitConfirmed(confirm));
        check();
        insist(Operations.COMMIT);
        confirmed.addAll(wanted.keySet());
      } else {
        insist(Operations.COMMIT);
        check();
      }
    }

    /** Asks until it is done; waits while another has what is needed, as long as there is time. */
    private void insist(String operation) {
      for (int failures = 1; ; failures++) {
        Reply reply = session.call(operation);
        if (reply.done()) {
          return;
        }
        ambiguous = reply.ambiguous();
        Duration pause = LOCK_WAIT.pause(failures);
        if (!reply.mayWait() || time.nanos() + pause.toNanos() - end > 0) {
          throw reply.failure(entry.who());
        }
        pause(pause);
      }
    }

    private void pause(Duration pause) {
      try {
        time.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": interrupted in a wait", e);
      }
    }

    /** Looks whether the switch has done what it said it did. */
    private void check() {
      Map<String, PortReading> now = read(session, wanted.keySet());
      Map<String, PortConfig> missing = different(wanted, now);
      if (!missing.isEmpty()) {
        throw new Failure(
            Failure.Kind.INTERNAL,
            entry.who() + " says it has committed, but has not" + told(missing, now));
      }
    }

    /** Undoes what can be undone, finds out what is there, and says so; returns if all is well. */
    private void settle(Failure cause) {
      if (session.ended()) {
        throw cause;
      }
      leave(Operations.DISCARD);
      if (session.capabilities().persistentCommit()) {
        cancel(cause);
      } else if (session.capabilities().confirmedCommit()) {
        // without a token the switch undoes it when the session goes; nothing else can be asked
        session.close();
        throw cause;
      }
      Map<String, PortReading> now = read(session, wanted.keySet());
      Map<String, PortConfig> missing = different(wanted, now);
      if (missing.isEmpty()) {
        log.warn("{}; yet the ports are as wanted", Failure.text(cause));
        return;
      }
      // what was ambiguous is settled by having looked: the switch has refused
      throw new Failure(
          ambiguous ? Failure.Kind.CONFLICT : cause.kind(),
          Failure.text(cause) + ";" + told(missing, now),
          cause);
    }

    /** Undoes the commit, if there was one; what it left is not to be read while it may go. */
    private void cancel(Failure cause) {
      Reply reply = session.call(Operations.cancel(persist));
      if (reply.mayWait()) {
        session.close();
        throw new Failure(
            Failure.Kind.UNAVAILABLE,
            Failure.text(cause) + "; " + Failure.text(reply.failure(entry.who())),
            cause);
      }
    }

    private void leave(String operation) {
      if (!session.ended() && !session.call(operation).done()) {
        log.warn("{} refuses {}", entry.who(), operation);
      }
    }

    private String told(Map<String, PortConfig> missing, Map<String, PortReading> now) {
      return missing.entrySet().stream()
          .map(port ->
              " port %s: wanted %s, it has %s"
                  .formatted(
                      port.getKey(),
                      port.getValue(),
                      Objects.requireNonNull(now.get(port.getKey())).meaning()))
          .collect(Collectors.joining(";"));
    }
  }
}
