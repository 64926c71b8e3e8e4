package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.Change.Verb;
import io.patchbay.torshims.SwitchPorts.Difference;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One switch's only writer. Changes that come together become one {@link GroupCommit}. What could
 * not be undone, or is not known to be, is left to its {@link Repair}, which also looks again at
 * what is settled: now and then, when the switch tells that somebody has changed it, and when the
 * connection to it has ended. For a switch may come back with an older configuration and an
 * operator may roll one back.
 *
 * <p>{@link #take} and {@link #leave} block and may be called by any thread; whatever is to be said
 * to the switch is said in {@link Turns}.
 */
final class SwitchWriter implements AutoCloseable {
  private static final Duration AUDIT = Duration.ofMinutes(1);
  private static final Duration HEIR_PATIENCE = Duration.ofSeconds(30);
  private static final Logger log = LoggerFactory.getLogger(SwitchWriter.class);

  private final String name;
  private final SwitchPorts ports;
  private final Lookout lookout;
  private final Admission admission;
  private final Terms terms;
  private final SwitchAccount account;
  private final Time time;
  private final Claims claims;
  private final Turns turns;
  private final Wishes wishes;
  private final Questions questions;
  private final Heirs heirs;
  private final Repair.Site site;
  private final Repair repair;
  private final PortLinks links;
  private final BooleanSupplier away;
  private final LinkWatch linkWatch;
  private final Agreement agreement;
  private final GroupCommit commit;

  /** Of the turn at hand; others may look. */
  private volatile List<Change> atHand = List.of();

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

  /**
   * What is seen of the cables.
   *
   * @param lookout says whose cable is where
   * @param links says which of them carry light
   * @param away whether the switch did not answer when it was last asked
   */
  record Sight(Lookout lookout, PortLinks links, BooleanSupplier away) {}

  SwitchWriter(
      String name, SwitchPorts ports, Sight sight, Terms terms, SwitchAccount account, Time time) {
    this.name = name;
    this.ports = ports;
    this.lookout = sight.lookout();
    this.links = sight.links();
    this.away = sight.away();
    this.terms = terms;
    this.account = account;
    this.time = time;
    this.claims = new Claims(ports.nativeVlans());
    this.turns = new Turns(name, new Speech(), time);
    this.wishes = new Wishes(name, turns);
    this.questions = new Questions(name, turns);
    this.heirs = new Heirs(ports, claims, terms, turns, this::letGo, time);
    this.site = new Repair.Site(name, ports, claims, heirs, account);
    this.admission = new Admission(site, lookout);
    this.repair = new Repair(site, terms.audit(), turns, time);
    this.linkWatch = new LinkWatch(site, links, turns, time);
    this.agreement = new Agreement(name, terms.waiting(), time);
    this.commit = new GroupCommit(site, repair, agreement, time);
  }

  /**
   * Takes up a connection's claim after a restart; only before {@link #start}.
   *
   * @param when it was claimed
   */
  void restore(String connection, PortClaim claim, Instant when) {
    claims.add(connection, ports.wished(claim), when);
  }

  /** Has a task run whenever other ports are without a link: quick; only before {@link #start}. */
  void onLinkChange(Runnable task) {
    linkWatch.onChange(task);
  }

  /** Which ports have failed. Any thread may look. */
  PortLinks links() {
    return links;
  }

  /** Begins, by making every port it owns as it should be now. */
  void start() {
    ports.watch(
        new SwitchPorts.Ears(
            repair::lost, linkWatch::changed, repair::changed, agreement::confirms));
    heirs.restore();
    admission.tellQuarrels();
    if (!ports.areLost()) { // else some may yet turn out to be ours
      account.started(repair.all());
    }
    repair.start();
    turns.wake();
  }

  /**
   * Returns once the port carries the claim. When it throws, the switch may yet come to have it:
   * call {@link #leave}. Throws {@link Failure}: TIMEOUT, UNAVAILABLE, or what the switch said.
   */
  void take(String connection, PortClaim claim, Duration patience) {
    Change change = new Change(Verb.TAKE, connection, ports.wished(claim), time.now(), patience);
    wishes.submit(change);
    change.await(time, terms.waiting());
  }

  /** What was begun, for whoever began it. */
  @FunctionalInterface
  interface Taking {
    /**
     * Waits, and returns why the switch has not answered: then the port is made so as soon as it
     * can be. Empty when it is. Throws what the switch refused with.
     */
    Optional<Failure> await();
  }

  /**
   * As {@link #take}, but that it does not wait yet; and if the switch does not answer, that is no
   * end of it. Call {@link #leave} if it is not to be.
   *
   * @param pairing where it meets its twin at another switch, or {@link Pairing#NONE}
   */
  Taking begin(String connection, PortClaim claim, Duration patience, Pairing.End pairing) {
    Change change =
        new Change(Verb.EXPECT, connection, ports.wished(claim), time.now(), patience, pairing);
    wishes.submit(change);
    return () -> {
      try {
        change.await(time, terms.waiting());
        return Optional.empty();
      } catch (Failure e) {
        if (!change.outlives(e) || (change.isOverdue() && !isAway())) {
          throw e;
        }
        change.putOff();
        return Optional.of(e);
      }
    };
  }

  /** Whether a connection's claim is part of what the switch should be. Any thread may look. */
  boolean has(String connection, PortClaim claim) {
    return claim.isSameAs(claims.intent().claims().get(connection));
  }

  /** Whether the switch did not answer when it was last asked. Any thread may look. */
  boolean isAway() {
    return away.getAsBoolean();
  }

  /** As {@link #leave}, but that nobody waits for it. */
  void leaveSoon(String connection, PortClaim claim) {
    wishes.submit(new Change(Verb.LEAVE, connection, claim, time.now(), HEIR_PATIENCE));
  }

  /**
   * Returns once the port no longer carries the claim, unless others claim the same; or when the
   * switch cannot be brought to it in time. Then that is done as soon as it can be, if need be by a
   * later process, which finds the port owned on disk and no session that claims it. Throws {@link
   * Failure} of kind UNAVAILABLE when the change cannot even wait.
   */
  void leave(String connection, PortClaim claim, Duration patience) {
    Change change = new Change(Verb.LEAVE, connection, claim, time.now(), patience);
    wishes.submit(change);
    try {
      change.await(time, terms.waiting());
    } catch (Failure e) {
      log.warn("{}: {} is put off: {}", name, change, Failure.text(e));
    }
  }

  /** What is before it now. Any thread may call it. */
  SwitchLoad load() {
    Stream<Change> all = Stream.concat(wishes.stream(), atHand.stream());
    return SwitchLoad.of(wishes.size(), all, repair.doubts(), time.now());
  }

  /** What it has done. Any thread may call it. */
  SwitchAccount.Numbers numbers() {
    return account.numbers();
  }

  /** What the switch should have and why, as it is known now. */
  SwitchView view() {
    return SwitchView.of(site, links, repair.doubts(), wishes.size());
  }

  /**
   * What the switch has now where it should have something. Throws {@link Failure}: what the switch
   * said, TIMEOUT, or UNAVAILABLE.
   */
  Map<String, Difference> compare(Duration patience) {
    return questions.ask(() -> ports.compare(claims.intent()), patience);
  }

  /**
   * Has the switch say which of these claims it would take, without changing anything. Throws
   * {@link Failure}: what the switch said, UNSUPPORTED where it cannot be asked that, TIMEOUT, or
   * UNAVAILABLE.
   *
   * @param tried at most one for a port
   * @return by port why not, empty where it would
   */
  Map<String, Optional<String>> rehearse(Collection<PortClaim> tried, Duration patience) {
    Instant end = time.now().plus(patience);
    BooleanSupplier over = () -> !wishes.isEmpty() || time.now().isAfter(end);
    return questions.ask(
        () -> ports.dryRun(admission, patience, over).run(claims.intent(), tried), patience);
  }

  /** Begins to stop, and does not wait for it. */
  void stop() {
    turns.stop();
  }

  /** Stops after the change at hand; what waits is refused. */
  @Override
  public void close() {
    turns.stop();
    wishes.close();
    questions.close();
    turns.close();
  }

  /** An heir's time is over. Throws {@link Failure} while its VLAN is not off the port. */
  private void letGo(String heir, PortClaim claim) {
    Change change = new Change(Verb.LEAVE, heir, claim, time.now(), HEIR_PATIENCE);
    wishes.submit(change);
    change.await(time, terms.waiting());
  }

  // ---- below: in a turn ----

  /** What is said to the switch. */
  private final class Speech implements Turns.Work {
    @Override
    public void run() {
      work();
    }

    @Override
    public boolean isMore() {
      return !wishes.isEmpty() || !questions.isEmpty() || repair.isDue() || linkWatch.isDue();
    }

    @Override
    public int waiting() {
      return wishes.size();
    }
  }

  private void work() {
    List<Change> batch = wishes.next();
    if (!batch.isEmpty()) {
      lookout.hearFirst();
    }
    List<Change> group = admission.admitted(batch);
    if (!group.isEmpty()) {
      atHand = group;
      commit.make(group);
      atHand = List.of();
    }
    for (Runnable next :
        List.<Runnable>of(repair::run, lookout::hear, linkWatch::run, questions::run)) {
      if (!turns.closed()) {
        next.run();
      }
    }
  }
}
