package io.patchbay.torshims;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.Change.Verb;
import io.patchbay.torshims.SwitchPorts.Difference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One switch's only writer. Changes that come together become one commit; if the switch refuses it,
 * halves are tried, so that a bad change does not fail its neighbours. What could not be undone, or
 * is not known to be, is tried again by itself until it is. What is settled is looked at again now
 * and then, and when the connection to the switch has ended, for a switch may come back with an
 * older configuration and an operator may roll one back.
 *
 * <p>{@link #take} and {@link #leave} block and may be called by any thread; whatever is to be said
 * to the switch is said in turns, one at a time, each on a timer's thread of its own.
 */
final class SwitchWriter implements AutoCloseable {
  /** How long a change waits for company; whoever comes during a commit waits anyway. */
  private static final Duration WINDOW = Duration.ofMillis(2);

  private static final int QUEUE_MOST = 4096;
  private static final int GROUP_MOST = 512;
  private static final int QUESTIONS_MOST = 16;
  private static final Duration AUDIT = Duration.ofMinutes(1);

  /** How long a lost switch is left alone, so that one that hangs up at once is not hunted. */
  private static final Duration AFTER_LOSS = Duration.ofSeconds(1);

  private static final Duration REPAIR_PATIENCE = Duration.ofSeconds(30);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
  private static final Backoff REPAIR = new Backoff(Duration.ofMillis(200), Duration.ofMinutes(1));
  private static final Logger log = LoggerFactory.getLogger(SwitchWriter.class);

  private final String name;
  private final SwitchPorts ports;
  private final Terms terms;
  private final SwitchAccount account;
  private final Time time;
  private final BlockingQueue<Change> queue = new ArrayBlockingQueue<>(QUEUE_MOST);
  private final BlockingQueue<FutureTask<Map<String, Difference>>> questions =
      new ArrayBlockingQueue<>(QUESTIONS_MOST);
  private final AtomicBoolean turnPlanned = new AtomicBoolean();
  private final AtomicBoolean repairPlanned = new AtomicBoolean();
  private final AtomicBoolean repairDue = new AtomicBoolean();
  private final AtomicBoolean lossNoted = new AtomicBoolean();
  private final AtomicBoolean auditDue = new AtomicBoolean();
  private final AtomicBoolean probeDue = new AtomicBoolean();

  /** Whoever has it may speak to the switch; once closed nobody gets it any more. */
  private final Semaphore word = new Semaphore(1);

  private volatile @Nullable Thread speaker;
  private volatile boolean closed;

  // The speaker's own; before start() the starter's.
  // What is volatile or concurrent others may look at.
  private final Doubts doubts = new Doubts();

  private volatile List<Change> atHand = List.of();

  private final Map<String, Instant> since = new ConcurrentHashMap<>();
  private volatile PortIntent intent = PortIntent.NONE;
  private int repairFailures;

  /**
   * How it goes about its work.
   *
   * @param tokenLifetimeMax after this time every living client has refreshed: what nobody has
   *     claimed by then is not needed
   * @param audit the time between two looks at what is settled
   * @param waiting how whoever takes or leaves waits
   */
  record Terms(Duration tokenLifetimeMax, Duration audit, Change.Waiting waiting) {
    /** As usual. */
    static Terms usual(Duration tokenLifetimeMax) {
      return new Terms(tokenLifetimeMax, AUDIT, CountDownLatch::await);
    }
  }

  SwitchWriter(String name, SwitchPorts ports, Terms terms, SwitchAccount account, Time time) {
    this.name = name;
    this.ports = ports;
    this.terms = terms;
    this.account = account;
    this.time = time;
  }

  /**
   * Takes up a connection's claim after a restart; only before {@link #start}.
   *
   * @param when it was claimed
   */
  void restore(String connection, PortClaim claim, Instant when) {
    intent = intent.with(connection, claim);
    since.put(connection, when);
  }

  /** Begins, by making every port it owns as it should be now. */
  void start() {
    ports.watch(this::lost);
    ports.heirs().forEach(this::inherit);
    doubt(all(), "the shim has just started");
    if (!ports.areLost()) { // else some may yet turn out to be ours
      account.started(all());
    }
    if (!doubts.isEmpty() || ports.areLost()) {
      callForRepair();
    }
    planAudit();
  }

  /**
   * Returns once the port carries the claim. When it throws, the switch may yet come to have it:
   * call {@link #leave}. Throws {@link Failure}: TIMEOUT, UNAVAILABLE, or what the switch said.
   */
  void take(String connection, PortClaim claim, Duration patience) {
    Change change = new Change(Verb.TAKE, connection, claim, time.now(), patience);
    submit(change);
    change.await(time, terms.waiting());
  }

  /**
   * Returns once the port no longer carries the claim, unless others claim the same; or when the
   * switch cannot be brought to it in time. Then that is done as soon as it can be, if need be by a
   * later process, which finds the port owned on disk and no session that claims it. Throws {@link
   * Failure} of kind UNAVAILABLE when the change cannot even wait.
   */
  void leave(String connection, PortClaim claim, Duration patience) {
    Change change = new Change(Verb.LEAVE, connection, claim, time.now(), patience);
    submit(change);
    try {
      change.await(time, terms.waiting());
    } catch (Failure e) {
      log.warn("{}: {} is put off: {}", name, change, Failure.text(e));
    }
  }

  private void submit(Change change) {
    if (closed || !queue.offer(change)) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "switch " + name + (closed ? ": the shim is stopping" : " has too many changes waiting"));
    }
    wake();
  }

  /** How many changes wait for their turn. */
  int waiting() {
    return queue.size();
  }

  /** What is before it now. Any thread may call it. */
  SwitchLoad load() {
    Instant now = time.now();
    Optional<Instant> oldest =
        Stream.concat(queue.stream(), atHand.stream()).map(Change::asked).min(Instant::compareTo);
    return new SwitchLoad(
        queue.size(), age(oldest, now), doubts.ports().size(), age(doubts.oldest(), now));
  }

  private static Duration age(Optional<Instant> since, Instant now) {
    return since.map(then -> Duration.between(then, now)).orElse(Duration.ZERO);
  }

  /** What it has done. Any thread may call it. */
  SwitchAccount.Numbers numbers() {
    return account.numbers();
  }

  /** What the switch should have and why, as it is known now. */
  SwitchView view() {
    PortIntent now = intent;
    Set<String> owned = ports.owned();
    owned.addAll(now.wanted().keySet());
    List<SwitchView.Port> all =
        owned.stream()
            .map(port ->
                new SwitchView.Port(
                    port,
                    ports.wanted(now, port).map(Object::toString).orElse(""),
                    ports.former(port).map(Object::toString).orElse(""),
                    doubts.why(port),
                    SwitchView.claims(now, port, since)))
            .toList();
    return new SwitchView(name, queue.size(), ports.areLost(), all, account.numbers());
  }

  /**
   * What the switch has now where it should have something. Throws {@link Failure}: what the switch
   * said, TIMEOUT, or UNAVAILABLE.
   */
  Map<String, Difference> compare(Duration patience) {
    FutureTask<Map<String, Difference>> answer = new FutureTask<>(() -> ports.compare(intent));
    if (closed || !questions.offer(answer)) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "switch " + name + " is asked too much");
    }
    wake();
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (CancellationException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "switch " + name + ": the shim is stopping", e);
    } catch (TimeoutException e) {
      answer.cancel(false); // nobody needs it any more
      throw new Failure(
          Failure.Kind.TIMEOUT, "switch " + name + " is busy, no answer in " + patience, e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Failure failure
          ? failure
          : new Failure(Failure.Kind.INTERNAL, Failure.text(e), e);
    } catch (InterruptedException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while asking " + name, e);
    }
  }

  private Set<String> all() {
    Set<String> all = new TreeSet<>(ports.owned());
    all.addAll(intent.wanted().keySet());
    return all;
  }

  private void doubt(Set<String> doubted, String why) {
    doubts.add(doubted, why, time.now());
  }

  private void callForRepair() {
    repairPlanned.set(false);
    repairDue.set(true);
    wake();
  }

  private void planAudit() {
    Time.Timer unused =
        time.schedule(
            terms.audit(),
            () -> {
              if (!closed) {
                probeDue.set(true); // not after a loss: one that hangs up at once is not hunted
                callForAudit();
                planAudit();
              }
            });
  }

  private void callForAudit() {
    auditDue.set(true);
    wake();
  }

  /** The connection to the switch is gone; if it reboots, it may come back with less. */
  private void lost() {
    if (!closed && !lossNoted.getAndSet(true)) {
      Time.Timer unused =
          time.schedule(
              AFTER_LOSS,
              () -> {
                lossNoted.set(false);
                callForAudit();
              });
    }
  }

  /** Plans a turn, unless one is planned or running: that one looks again when it ends. */
  private void wake() {
    if (!closed && !turnPlanned.getAndSet(true)) {
      Time.Timer unused = time.schedule(WINDOW, this::turn);
    }
  }

  /** Stops after the change at hand; what waits is refused. */
  @Override
  public void close() {
    closed = true;
    Thread speaking = speaker;
    if (speaking != null) {
      speaking.interrupt();
    }
    Failure stopping = new Failure(Failure.Kind.UNAVAILABLE, "switch " + name + ": the shim stops");
    for (Change change = queue.poll(); change != null; change = queue.poll()) {
      change.failed(stopping);
    }
    questions.forEach(question -> question.cancel(false));
    try {
      if (!word.tryAcquire(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("{}: the writer still waits for the switch", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- below: whoever has the word ----

  private void turn() {
    if (!word.tryAcquire()) {
      return; // closed
    }
    speaker = Thread.currentThread();
    try {
      if (!closed) {
        work();
      }
    } finally {
      speaker = null;
      word.release();
      turnPlanned.set(false);
      if (!queue.isEmpty() || !questions.isEmpty() || repairDue.get() || auditDue.get()) {
        wake();
      }
    }
  }

  private void work() {
    List<Change> batch = new ArrayList<>();
    queue.drainTo(batch, GROUP_MOST);
    List<Change> group = batch.stream().filter(change -> !change.over()).toList();
    if (!group.isEmpty()) {
      atHand = group;
      make(group);
      atHand = List.of();
    }
    boolean due = repairDue.getAndSet(false);
    if (auditDue.getAndSet(false)) {
      doubts.look(all(), time.now());
      due |= !repairPlanned.get(); // a switch that fails is asked at the pace of repairs
    }
    if (due) {
      repair();
    }
    if (probeDue.getAndSet(false) && all().isEmpty() && !ports.areLost()) {
      probe();
    }
    List<FutureTask<Map<String, Difference>>> asked = new ArrayList<>();
    questions.drainTo(asked); // those that come meanwhile wait for a turn, as changes do
    asked.forEach(FutureTask::run);
  }

  /** Whether the switch is there shows also while it has nothing of ours. */
  private void probe() {
    try {
      ports.probe();
    } catch (RuntimeException e) {
      log.debug("{}: {}", name, Failure.text(failure(e)));
    }
  }

  /** Makes all changes of a group in one commit, or finds out which can be made. */
  private void make(List<Change> group) {
    Set<String> touched = group.stream().map(Change::port).collect(Collectors.toSet());
    try {
      PortIntent next = fold(group);
      inherit(ports.own(next, touched, grace()));
      next = fold(group);
      Map<String, String> wanted = wanted(next, touched);
      Map<String, String> fresh = new TreeMap<>(wanted);
      fresh.entrySet().removeAll(wanted(intent, touched).entrySet());
      account.begin(group, fresh);
      long start = time.nanos();
      Map<String, Altered> altered = ports.settle(next, touched, patience(group));
      intent = next;
      doubts.dispel(touched);
      group.forEach(this::note);
      account.made(group, wanted, altered, time.nanos() - start);
      group.forEach(Change::done);
    } catch (RuntimeException e) {
      Failure failure = failure(e);
      if (group.size() > 1 && blamesOne(failure)) {
        make(group.subList(0, group.size() / 2));
        make(group.subList(group.size() / 2, group.size()));
      } else {
        refuse(group, touched, failure);
      }
    }
  }

  /** What ports should be, in words; nothing where that is nobody's business. */
  private Map<String, String> wanted(PortIntent by, Set<String> all) {
    Map<String, String> wanted = new TreeMap<>();
    all.forEach(port -> wanted.put(port, ports.wanted(by, port).map(Object::toString).orElse("")));
    return wanted;
  }

  private void note(Change change) {
    switch (change.verb()) {
      case TAKE -> since.putIfAbsent(change.connection(), time.now());
      case LEAVE -> since.remove(change.connection());
    }
  }

  private PortIntent fold(List<Change> group) {
    PortIntent folded = intent;
    for (Change change : group) {
      folded = change.on(folded);
    }
    return folded;
  }

  private Duration patience(List<Change> group) {
    Instant last = group.stream().map(Change::deadline).max(Instant::compareTo).orElseThrow();
    return Duration.between(time.now(), last);
  }

  /** Whether a part of the group may succeed where the whole has failed. */
  private static boolean blamesOne(Failure failure) {
    return switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT, DENIED, UNSUPPORTED -> false;
      case INVALID, NOT_FOUND, CONFLICT, EXHAUSTED, INTERNAL -> true;
    };
  }

  /** Nothing is known of the ports now. A connection that leaves has left all the same. */
  private void refuse(List<Change> group, Set<String> touched, Failure failure) {
    for (Change change : group) {
      if (change.verb() == Verb.LEAVE) {
        intent = change.on(intent);
        note(change);
      }
      log.warn("{}: {} failed: {}", name, change, Failure.text(failure));
    }
    doubt(touched, Failure.text(failure));
    account.refused(group, failure);
    repairLater();
    group.forEach(change -> change.failed(failure));
  }

  /** Plans one repair, however many changes have failed. */
  private void repairLater() {
    if (!repairPlanned.getAndSet(true)) {
      repairFailures++;
      Time.Timer unused = time.schedule(REPAIR.pause(repairFailures), this::callForRepair);
    }
  }

  private void repair() {
    Set<String> all = doubts.ports();
    if (all.isEmpty() && !ports.areLost()) {
      return;
    }
    try {
      inherit(ports.adopt(grace()));
      putRight(all);
      doubts.dispel(all);
      repairFailures = 0;
    } catch (RuntimeException e) {
      Failure failure = failure(e);
      log.warn("{}: ports {} are not as they should be: {}", name, all, Failure.text(failure));
      if (blamesOne(failure)) {
        all.forEach(this::repairAlone);
      } else {
        all.forEach(port -> notRepaired(port, failure));
      }
      repairLater();
    }
  }

  private void repairAlone(String port) {
    try {
      putRight(Set.of(port));
      doubts.dispel(Set.of(port));
    } catch (RuntimeException e) {
      log.warn("{}: port {} cannot be repaired: {}", name, port, Failure.text(e));
      notRepaired(port, failure(e));
    }
  }

  private void notRepaired(String port, Failure failure) {
    doubt(Set.of(port), Failure.text(failure));
    account.notRepaired(port, failure);
  }

  private void putRight(Set<String> all) {
    inherit(ports.own(intent, all, grace()));
    Map<String, String> wanted = wanted(intent, all);
    long start = time.nanos();
    Map<String, Altered> altered = ports.settle(intent, all, REPAIR_PATIENCE);
    account.repaired(wanted, doubts.onlyLookedAt(), altered, time.nanos() - start);
  }

  /** After this time every client that lives has come back. */
  private Instant grace() {
    return time.now().plus(terms.tokenLifetimeMax());
  }

  private void inherit(Set<PortClaim> heirs) {
    Instant until = grace();
    heirs.forEach(heir -> inherit(heir, until));
  }

  /** Keeps a VLAN of a forgotten port until its clients must have refreshed. */
  private void inherit(PortClaim claim, Instant until) {
    String heir = "unknown client on " + claim.port() + " in VLAN " + claim.vlan();
    intent = intent.with(heir, claim);
    since.putIfAbsent(heir, time.now());
    Time.Timer unused =
        time.schedule(Duration.between(time.now(), until), () -> letGo(heir, claim));
  }

  /** Its VLAN may be another service's only once it is known to have left the port. */
  private void letGo(String heir, PortClaim claim) {
    try {
      Change change = new Change(Verb.LEAVE, heir, claim, time.now(), REPAIR_PATIENCE);
      submit(change);
      change.await(time, terms.waiting());
      ports.disinherit(claim);
    } catch (Failure e) {
      if (!closed) {
        log.warn("{}: {} is tried again: {}", name, heir, Failure.text(e));
        Time.Timer unused = time.schedule(terms.audit(), () -> letGo(heir, claim));
      }
    }
  }

  private static Failure failure(RuntimeException e) {
    return e instanceof Failure failure
        ? failure
        : new Failure(Failure.Kind.INTERNAL, "the switch's driver failed: " + e, e);
  }
}
