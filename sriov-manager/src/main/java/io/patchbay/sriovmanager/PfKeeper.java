package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one PF as the config wants it: looks at it at the start and then again and again, and puts
 * right what is not as wanted. On a thread of its own, for a NIC may hang.
 */
final class PfKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PfKeeper.class);

  /** Making VFs makes it possible to bind them: two rounds do, a third shows that they did. */
  private static final int ROUNDS = 3;

  private final PciAddress pf;
  private final SriovConfig wanted;
  private final Hardware hardware;
  private final Ledger ledger;
  private final Runnable changed;
  private final CountDownLatch first = new CountDownLatch(1);
  private final Semaphore end = new Semaphore(0);
  private Optional<Thread> thread = Optional.empty();
  private volatile Sighting last;

  /**
   * What is known of the PF.
   *
   * @param found as it was when it could last be looked at
   * @param trouble why it cannot be looked at now; empty when it can
   */
  record Sighting(Optional<Inventory.Physical> found, String trouble) {}

  /**
   * @param config of all PFs
   * @param changed told after each look
   */
  PfKeeper(PciAddress pf, SriovConfig config, Hardware hardware, Ledger ledger, Runnable changed) {
    this.pf = pf;
    this.wanted = config.only(pf);
    this.hardware = hardware;
    this.ledger = ledger;
    this.changed = changed;
    this.last = new Sighting(Optional.empty(), "PF " + pf + " has not answered yet");
  }

  void start(Duration interval) {
    thread = Optional.of(Thread.ofVirtual().name("pf-" + pf).start(() -> run(interval)));
  }

  private void run(Duration interval) {
    try {
      do {
        look();
        first.countDown();
        changed.run();
      } while (!end.tryAcquire(interval.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException closing) {
      log.debug("{} is no longer kept", pf);
    }
  }

  /** Waits for the end of the first look, for so long at most. */
  void awaitFirst(Duration atMost) throws InterruptedException {
    if (!first.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      log.error("PF {} has not answered yet; the others do not wait for it", pf);
    }
  }

  PciAddress pf() {
    return pf;
  }

  /** What the last look found, or the first one not yet. */
  Sighting last() {
    return last;
  }

  /** Looks now, one at a time; what it found is in {@link #last}. */
  synchronized void look() {
    try {
      Optional<Inventory.Physical> now = hardware.find(pf);
      for (int round = 1; round <= ROUNDS && putRight(now); round++) {
        now = hardware.find(pf);
      }
      last = new Sighting(now, "");
    } catch (RuntimeException e) { // whatever it is: the next look may find it gone
      String trouble = "PF " + pf + " cannot be read: " + Failure.text(e);
      if (!trouble.equals(last.trouble())) {
        log.error("{}", trouble, e);
      }
      last = new Sighting(last.found(), trouble);
    }
  }

  /** Says whether anything was done. What the kernel refuses is told and left for next time. */
  private boolean putRight(Optional<Inventory.Physical> now) {
    Inventory found = new Inventory(now.stream().toList(), Map.of());
    List<Plan.Step> steps = Plan.of(wanted, found, ledger.claims().keySet()).steps();
    boolean done = false;
    for (Plan.Step step : steps) {
      try {
        hardware.apply(step);
        done = true;
      } catch (RuntimeException e) {
        log.error("{}: {}", step, Failure.text(e));
      }
    }
    return done;
  }

  @Override
  public void close() throws InterruptedException {
    end.release();
    if (thread.isPresent()) {
      thread.get().interrupt();
      thread.get().join();
    }
  }
}
