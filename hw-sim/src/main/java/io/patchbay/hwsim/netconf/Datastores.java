package io.patchbay.hwsim.netconf;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.RpcError.Layer;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The running, the candidate and the startup datastore, who has locked them, and the commit that
 * waits for its confirmation. The candidate is one for all sessions. Every method may be called by
 * any thread; each is one step for all others. Refusals are {@link RpcError.Refusal}s and change
 * nothing.
 */
public final class Datastores {
  /** The datastores there are. */
  public enum Name {
    RUNNING,
    CANDIDATE,
    STARTUP
  }

  /**
   * A commit's parameters (RFC 6241 section 8.4), empty texts for those not given.
   *
   * @param timeout how long a confirmed commit waits; zero for a commit that needs none
   */
  public record Commit(Duration timeout, String persist, String persistId) {
    /** One that is not undone by itself. */
    public static final Commit LASTING = new Commit(Duration.ZERO, "", "");

    boolean confirmed() {
      return timeout.isPositive();
    }
  }

  /**
   * A confirmed commit that waits.
   *
   * @param number tells it from those before it, so that an old timer does nothing
   * @param before what to go back to
   * @param session who committed, and alone may confirm if {@code persist} is empty
   */
  private record Pending(
      long number, Data before, long session, String persist, Time.Timer timer) {}

  /** A holder that is no session, in error-info (RFC 6241 appendix A). */
  private static final long NOBODY = 0;

  private final Device device;
  private final Time time;

  @GuardedBy("this")
  private final Set<Long> sessions = new HashSet<>();

  @GuardedBy("this")
  private final Map<Name, Long> locks = new EnumMap<>(Name.class);

  @GuardedBy("this")
  private Optional<Pending> pending = Optional.empty();

  @GuardedBy("this")
  private long commits;

  @GuardedBy("this")
  private final List<Consumer<ConfigChange>> watchers = new ArrayList<>();

  @GuardedBy("this")
  private final List<Consumer<ConfigChange>> saveWatchers = new ArrayList<>();

  @GuardedBy("this")
  private Data running;

  @GuardedBy("this")
  private Data candidate;

  @GuardedBy("this")
  private Data startup;

  /** Starts with the device's factory configuration, which is applied. */
  public Datastores(Device device, Time time) {
    this.device = device;
    this.time = time;
    this.running = device.factoryConfig();
    this.candidate = running;
    this.startup = running;
    device.validate(running);
    device.apply(running);
  }

  /** What a datastore holds now. */
  public synchronized Data content(Name name) {
    return switch (name) {
      case RUNNING -> running;
      case CANDIDATE -> candidate;
      case STARTUP -> startup;
    };
  }

  /** A session may act from now on. */
  synchronized void opened(long session) {
    sessions.add(session);
  }

  /**
   * A session has ended, however: its unconfirmed commit that does not persist is undone, its locks
   * are free, edits under its lock of the candidate are lost. It can do no more.
   */
  synchronized void ended(long session) {
    if (!sessions.remove(session)) {
      return;
    }
    pending
        .filter(commit -> commit.session() == session && commit.persist().isEmpty())
        .ifPresent(this::rollBackAlone);
    if (holds(session, Name.CANDIDATE)) {
      candidate = running;
    }
    locks.values().removeIf(holder -> holder == session);
  }

  /** Keeps all others from changing a datastore. */
  synchronized void lock(long session, Name name) {
    checkOpen(session);
    if (locks.containsKey(name)) {
      throw lockDenied(locks.get(name), "it is locked");
    }
    if (name == Name.CANDIDATE && !candidate.equals(running)) {
      throw lockDenied(NOBODY, "the candidate holds edits that are not committed");
    }
    if (name == Name.RUNNING && pending.isPresent()) {
      long committer = pending.get().session();
      if (committer != session) {
        throw lockDenied(
            sessions.contains(committer) ? committer : NOBODY, "a commit awaits confirmation");
      }
    }
    locks.put(name, session);
  }

  /** Gives a lock back; edits under a lock of the candidate are lost. */
  synchronized void unlock(long session, Name name) {
    checkOpen(session);
    if (!holds(session, name)) {
      throw RpcError.of(
              Layer.PROTOCOL, Tag.OPERATION_FAILED, "this session does not hold that lock")
          .refusal();
    }
    if (name == Name.CANDIDATE) {
      candidate = running;
    }
    locks.remove(name);
  }

  /** Changes a datastore; running at once and for good. */
  synchronized void edit(long session, Name name, UnaryOperator<Data> change) {
    checkOpen(session);
    checkNotLocked(session, name);
    switch (name) {
      case CANDIDATE -> candidate = change.apply(candidate);
      case RUNNING -> put(session, change.apply(running), Commit.LASTING);
      case STARTUP -> throw new IllegalArgumentException("startup is only copied to");
    }
  }

  /** Makes the candidate what is running. */
  synchronized void discard(long session) {
    edit(session, Name.CANDIDATE, edited -> content(Name.RUNNING));
  }

  /** What is running now is what it would boot with. */
  synchronized void save(long session) {
    checkOpen(session);
    checkNotLocked(session, Name.STARTUP);
    ConfigChange change =
        new ConfigChange(Name.STARTUP, startup, running, OptionalLong.of(session));
    startup = running;
    List.copyOf(saveWatchers).forEach(watcher -> watcher.accept(change));
  }

  /** What is saved, and what a device with a startup datastore would boot with. */
  public synchronized Data startup() {
    return startup;
  }

  /** Makes the candidate running; a confirmed commit only until its time is up. */
  synchronized void commit(long session, Commit commit) {
    checkOpen(session);
    checkNotLocked(session, Name.CANDIDATE);
    put(session, candidate, commit);
  }

  /** Changes what is running in one step, past the candidate, for a client without a session. */
  public synchronized void write(UnaryOperator<Data> change, Commit commit) {
    put(NOBODY, change.apply(running), commit);
  }

  @GuardedBy("this")
  private void put(long session, Data config, Commit commit) {
    checkNotLocked(session, Name.RUNNING);
    checkMayFollow(session, commit);
    device.validate(config);
    Data before = pending.map(Pending::before).orElse(running);
    pending.ifPresent(earlier -> earlier.timer().cancel());
    pending = Optional.empty();
    run(config, OptionalLong.of(session));
    if (commit.confirmed()) {
      String persist = commit.persist().isEmpty() ? commit.persistId() : commit.persist();
      long number = ++commits;
      Time.Timer timer = time.schedule(commit.timeout(), () -> expired(number));
      pending = Optional.of(new Pending(number, before, session, persist, timer));
    }
  }

  /** Goes back to before the commit that waits. */
  synchronized void cancelCommit(long session, String persistId) {
    checkOpen(session);
    cancel(session, persistId);
  }

  /** Goes back to before the commit that waits under this name, for a client without a session. */
  public synchronized void cancel(String persistId) {
    cancel(NOBODY, persistId);
  }

  @GuardedBy("this")
  private void cancel(long session, String persistId) {
    checkNotLocked(session, Name.RUNNING);
    Pending commit =
        pending.orElseThrow(() ->
            RpcError.of(Layer.PROTOCOL, Tag.OPERATION_FAILED, "no commit awaits confirmation")
                .refusal());
    checkMayDecide(session, persistId, commit);
    rollBack(commit, OptionalLong.of(session));
  }

  /**
   * After the device lost its power: locks, edits of the candidate and a commit that waited are
   * gone, and it runs what it boots with.
   */
  public synchronized void reboot() {
    Data booted = boots();
    close();
    sessions.clear();
    locks.clear();
    candidate = running;
    run(booted, OptionalLong.empty());
  }

  /** A device without a startup datastore keeps what was committed for good. */
  @GuardedBy("this")
  private Data boots() {
    return device.capabilities().contains(Capability.STARTUP)
        ? startup
        : pending.map(Pending::before).orElse(running);
  }

  /**
   * Has somebody told after each change of what is running; he must be quick. What is returned ends
   * that.
   */
  public synchronized Runnable watch(Consumer<ConfigChange> changed) {
    watchers.add(changed);
    return () -> forget(changed);
  }

  /** The same also after each change of what the device would boot with. */
  synchronized Runnable watchAll(Consumer<ConfigChange> changed) {
    saveWatchers.add(changed);
    return watch(changed);
  }

  private synchronized void forget(Consumer<ConfigChange> changed) {
    watchers.remove(changed);
    saveWatchers.remove(changed);
  }

  /** Stops the timer of a commit that waits; nothing is rolled back. */
  public synchronized void close() {
    pending.ifPresent(commit -> commit.timer().cancel());
    pending = Optional.empty();
  }

  private synchronized void expired(long number) {
    pending.filter(commit -> commit.number() == number).ifPresent(this::rollBackAlone);
  }

  @GuardedBy("this")
  private void rollBackAlone(Pending commit) {
    rollBack(commit, OptionalLong.empty());
  }

  @GuardedBy("this")
  private void rollBack(Pending commit, OptionalLong by) {
    commit.timer().cancel();
    pending = Optional.empty();
    run(commit.before(), by);
  }

  /** A candidate without edits of its own follows what is running. */
  @GuardedBy("this")
  private void run(Data config, OptionalLong by) {
    boolean follows = candidate.equals(running);
    ConfigChange change = new ConfigChange(Name.RUNNING, running, config, by);
    device.apply(config);
    running = config;
    candidate = follows ? config : candidate;
    List.copyOf(watchers).forEach(watcher -> watcher.accept(change));
  }

  @GuardedBy("this")
  private void checkMayFollow(long session, Commit commit) {
    if (pending.isPresent()) {
      checkMayDecide(session, commit.persistId(), pending.get());
    } else if (!commit.persistId().isEmpty()) {
      throw wrongPersistId(commit.persistId());
    }
  }

  @GuardedBy("this")
  private void checkMayDecide(long session, String persistId, Pending commit) {
    if (!persistId.isEmpty() && !persistId.equals(commit.persist())) {
      throw wrongPersistId(persistId);
    }
    if (persistId.isEmpty() && (!commit.persist().isEmpty() || commit.session() != session)) {
      throw RpcError.of(Layer.PROTOCOL, Tag.IN_USE, "another commit awaits confirmation")
          .tagged("outstanding-confirmed-commit")
          .refusal();
    }
  }

  @GuardedBy("this")
  private void checkNotLocked(long session, Name name) {
    if (locks.containsKey(name) && !holds(session, name)) {
      throw RpcError.of(
              Layer.PROTOCOL,
              Tag.IN_USE,
              "session " + locks.get(name) + " has locked " + name.name().toLowerCase(Locale.ROOT))
          .refusal();
    }
  }

  @GuardedBy("this")
  private void checkOpen(long session) {
    if (!sessions.contains(session)) {
      throw RpcError.of(Layer.RPC, Tag.OPERATION_FAILED, "this session has ended").refusal();
    }
  }

  @GuardedBy("this")
  private boolean holds(long session, Name name) {
    return locks.getOrDefault(name, NOBODY) == session;
  }

  private static RpcError.Refusal lockDenied(long holder, String why) {
    return RpcError.of(Layer.PROTOCOL, Tag.LOCK_DENIED, why)
        .with("session-id", Long.toString(holder))
        .refusal();
  }

  private static RpcError.Refusal wrongPersistId(String persistId) {
    return RpcError.of(
            Layer.PROTOCOL, Tag.INVALID_VALUE, "no commit awaits persist-id '" + persistId + "'")
        .with("bad-element", "persist-id")
        .refusal();
  }
}
