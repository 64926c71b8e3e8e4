package io.patchbay.sriovmanager;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.PciAddress;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.Sessions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that every lent VF comes home in the end. It ends sessions whose grant has ended or
 * whose namespace is gone, be it with the whole machine, and brings home what no session knows:
 * after a crash, or when a first attempt failed. One thread looks, each second and when it is
 * woken; each VF that is to come home gets a thread of its own, so that a slow one holds up nobody.
 */
final class Homecoming implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Homecoming.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A VF whose grant has ended and that does not exist for so long is not waited for any more. */
  private static final Duration LOST = Duration.ofMinutes(10);

  private static final Backoff PACE = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

  private final Ledger ledger;
  private final Hardware hardware;
  private final Parking parking;
  private final Time time;
  private final Resets resets;
  private final Set<PciAddress> underWay = ConcurrentHashMap.newKeySet();
  private final Map<PciAddress, Rest> rests = new ConcurrentHashMap<>();
  private final Turns<PciAddress> turns = new Turns<>();
  private final Executor threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("home-", 0).factory());
  private final Semaphore wake = new Semaphore(0);
  private Optional<Thread> watch = Optional.empty();

  /** Whether a VF may lose its driver for a reset on its way home. */
  @FunctionalInterface
  interface Resets {
    /**
     * Throws {@link Failure} while that is not known.
     *
     * @param vacant whether its grant has ended, so that no container has anything of it
     */
    boolean allowed(PciAddress vf, boolean vacant);
  }

  /** One that resets what it can. */
  Homecoming(Ledger ledger, Hardware hardware, Time time) {
    this(ledger, hardware, time, (vf, vacant) -> true);
  }

  /**
   * @param resets says whether a VF that was in a pod is reset before it is put back
   */
  Homecoming(Ledger ledger, Hardware hardware, Time time, Resets resets) {
    this.resets = resets;
    this.ledger = ledger;
    this.hardware = hardware;
    this.parking = new Parking(ledger, hardware);
    this.time = time;
  }

  /** How often in a row a VF failed to come home, since when, and when it is tried again. */
  private record Rest(int failures, Instant since, Instant next) {}

  /** Begins to look, once the sessions of an earlier process have been restored. */
  synchronized void start(Sessions sessions) {
    endLeftOver(sessions, threads);
    ledger.news().onChange(this::wake);
    watch = Optional.of(Thread.ofVirtual().name("homecoming").start(() -> run(sessions)));
  }

  /**
   * Ends what an earlier process left between a VF's way home and the end of its session, for which
   * nobody may ask again, and all sessions of an earlier boot. What of a VF does not come home now
   * will be seen later.
   *
   * @param threads runs each session's end, which may wait for its next hop
   */
  void endLeftOver(Sessions sessions, Executor threads) {
    for (Session session : sessions.all()) {
      if (isLeftOver(session)) {
        threads.execute(() -> endLeftOver(session));
      }
    }
  }

  /** Unless its client has asked anew meanwhile. */
  private void endLeftOver(Session session) {
    try {
      session.closeIf(() -> {
        boolean still = isLeftOver(session);
        if (still) {
          log.info("{} was left by an earlier process and ends", session.id());
        }
        return still;
      });
    } catch (RuntimeException e) {
      log.warn("{} was left by an earlier process: {}", session.id(), Failure.text(e));
    }
  }

  private boolean isLeftOver(Session session) {
    return ledger.rebooted()
        || ledger.first(claim -> claim.hold().connection().equals(session.id())).isEmpty();
  }

  /** Looks now: an interface may have come home. */
  void wake() {
    wake.release();
  }

  /**
   * Brings a VF home, makes it as it was and verifies that; then it is free, or reserved if its pod
   * still has it. When that fails the ledger still knows, and it is tried again later.
   */
  void comeHome(Lent lent) {
    comeHome(lent.address(), lent.hold().connection(), () -> true);
  }

  /** One at a time per VF: who comes second finds it home, and perhaps with a successor. */
  private void comeHome(PciAddress vf, String connection, BooleanSupplier leaves) {
    var unused =
        turns.of(
            vf,
            () -> {
              Optional<Hold> ours = ledger.sendHome(vf, connection, leaves);
              ours.ifPresent(hold -> {
                putBack(vf, hold);
                ledger.home(vf, connection);
                ledger.troubles().clear(vf);
              });
              return ours;
            });
  }

  /** What a pod has left in its VF goes with a reset; one that never got there has nothing. */
  private void putBack(PciAddress vf, Hold hold) {
    if (hold.wasInPod() && resets.allowed(vf, ended(vf))) {
      hardware.renew(vf, hold);
    } else {
      hardware.restore(vf, hold);
    }
  }

  private boolean ended(PciAddress vf) {
    return ledger.find(vf).filter(claim -> !claim.draining().isEmpty()).isPresent();
  }

  private void run(Sessions sessions) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        look(sessions, threads);
        if (wake.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      }
    } catch (InterruptedException end) {
      log.debug("homecoming ends");
    }
  }

  /**
   * Sends home whatever should be there.
   *
   * @param threads runs each VF's way home
   */
  void look(Sessions sessions, Executor threads) {
    rests.keySet().removeIf(vf -> !lent(vf));
    ledger.troubles().all().keySet().stream()
        .filter(vf -> !lent(vf))
        .forEach(ledger.troubles()::clear);
    for (Map.Entry<PciAddress, Claim> entry : ledger.held().entrySet()) {
      PciAddress vf = entry.getKey();
      Hold hold = entry.getValue().hold();
      if (underWay.contains(vf) || resting(vf)) {
        continue;
      }
      String connection = hold.connection();
      Optional<Session> session = sessions.find(connection);
      setOut(
          threads,
          vf,
          connection,
          session.isEmpty()
              ? () -> comeHome(vf, connection, () -> sessions.find(connection).isEmpty())
              : () -> closeIfDue(vf, session.get()));
    }
  }

  private boolean lent(PciAddress vf) {
    return ledger.find(vf).filter(claim -> claim.hold().present()).isPresent();
  }

  private boolean resting(PciAddress vf) {
    Rest rest = rests.get(vf);
    return rest != null && time.now().isBefore(rest.next());
  }

  /**
   * Closes a session that its VF has to leave. What was seen from outside may be over when the
   * session's turn has come, and the VF in a pod again: it is looked at once more.
   */
  private void closeIfDue(PciAddress vf, Session session) {
    BooleanSupplier due =
        () ->
            ledger
                .find(vf)
                .filter(claim -> claim.hold().connection().equals(session.id()))
                .filter(claim -> hasToLeave(vf, claim))
                .isPresent();
    if (due.getAsBoolean()) { // its turn is for those who change something
      session.closeIf(() -> {
        boolean still = due.getAsBoolean();
        if (still) {
          log.info("{} ends: {} is home, on its way there, or off its VLAN", session.id(), vf);
        }
        return still;
      });
    }
  }

  private boolean hasToLeave(PciAddress vf, Claim claim) {
    Hold hold = claim.hold();
    if (!claim.draining().isEmpty() || hold.outlived()) {
      return true;
    }
    return switch (hold.step()) {
      case RETURNING -> true; // whoever was at it may have been killed
      case ATTACHED -> hardware.atHome(vf).isPresent(); // its namespace is gone
      // One that its container drives loses its VLAN with a reset of its PF.
      case SAVED, CONFIGURING, CONFIGURED, TAGGING, TAGGED, ATTACHING -> parking.astray(vf);
    };
  }

  private void setOut(Executor threads, PciAddress vf, String connection, Runnable task) {
    underWay.add(vf);
    threads.execute(() -> {
      try {
        task.run();
        rests.remove(vf);
        ledger.troubles().clear(vf);
      } catch (RuntimeException e) {
        failed(vf, connection, e);
      } finally {
        underWay.remove(vf);
      }
    });
  }

  private void failed(PciAddress vf, String connection, RuntimeException e) {
    if (!ledger.serves(vf, connection)) { // a next hop that is away is told later, by itself
      log.info("{} is home, but not all of {} has ended: {}", vf, connection, Failure.text(e));
      rests.remove(vf);
      ledger.troubles().clear(vf);
      return;
    }
    Instant now = time.now();
    Rest last = rests.getOrDefault(vf, new Rest(0, now, now));
    int failures = last.failures() + 1;
    Duration pause = PACE.pause(failures);
    rests.put(vf, new Rest(failures, last.since(), now.plus(pause)));
    Instant since = last.since().truncatedTo(ChronoUnit.SECONDS);
    String why = Failure.text(e);
    ledger.troubles().put(vf, "cannot come home: " + why + "; tried since " + since);
    if (Integer.bitCount(failures) == 1) { // ever more rarely: the reason is there all the time
      log.warn("{} is not home, try {} since {}: {}", vf, failures, since, why);
    }
    if (!now.isBefore(last.since().plus(LOST)) && isGone(vf)) {
      log.warn("{} does not exist since {} and its grant has ended: it is forgotten", vf, since);
      rests.remove(vf);
      ledger.troubles().clear(vf);
      ledger.home(vf, ledger.find(vf).map(claim -> claim.hold().connection()).orElse(""));
    }
  }

  /**
   * Whether there is nothing to bring home: its interface went with it, and one that is there again
   * later is as new. Not while a container may still want it.
   */
  private boolean isGone(PciAddress vf) {
    try {
      return ended(vf) && hardware.stray(vf).isEmpty();
    } catch (RuntimeException e) { // it comes or goes just now
      log.debug("{} cannot be looked at: {}", vf, Failure.text(e));
      return false;
    }
  }

  @Override
  public synchronized void close() throws InterruptedException {
    if (watch.isPresent()) {
      watch.get().interrupt();
      watch.get().join();
    }
  }
}
