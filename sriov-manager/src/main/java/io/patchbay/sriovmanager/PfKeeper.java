package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.Link;
import io.patchbay.linux.LinkEvents;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one PF as the config wants it: looks at it at the start and then again and again, and puts
 * right what is not as wanted. On a thread of its own, for a NIC may hang.
 */
final class PfKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PfKeeper.class);

  /** Events come in crowds, one for each VF: one look is for all of them. */
  private static final Duration CROWD = Duration.ofMillis(50);

  /** A link that is due, but cannot be looked at now, is not asked for more often. */
  private static final Duration SOONEST = Duration.ofMillis(20);

  /** Making VFs makes it possible to bind them: two rounds do, a third shows that they did. */
  private static final int ROUNDS = 3;

  private static final Sighting NOTHING = new Sighting(Optional.empty(), "", PfLink.UNKNOWN, 0);

  private final PciAddress pf;
  private final Hardware hardware;
  private final Ledger ledger;
  private final PfOrders orders;
  private final PfLink link;
  private final Parking parking;
  private final Runnable changed;
  private final CountDownLatch first = new CountDownLatch(1);
  private final Semaphore bell = new Semaphore(0);
  private final AtomicBoolean lookWanted = new AtomicBoolean();
  private volatile boolean closing;
  private Optional<Thread> thread = Optional.empty();
  private volatile Optional<PfKeeper> predecessor = Optional.empty();
  private volatile Sighting last;

  /**
   * What is known of the PF.
   *
   * @param found as it was when it could last be looked at
   * @param trouble why it cannot be looked at now; empty when it can
   * @param link as it was last seen
   * @param order which of the orders it had been made to follow by then
   */
  record Sighting(
      Optional<Inventory.Physical> found, String trouble, PfLink.State link, int order) {
    Sighting troubled(String why) {
      return new Sighting(found, why, link, order);
    }

    Sighting madeBy(int done) {
      return new Sighting(found, trouble, link, done);
    }
  }

  /**
   * @param config of all PFs
   * @param changed told after each look
   */
  PfKeeper(
      PciAddress pf,
      SriovConfig config,
      Hardware hardware,
      Ledger ledger,
      Damping damping,
      Runnable changed) {
    this.pf = pf;
    this.orders = new PfOrders(pf, config, hardware, ledger, () -> closing);
    this.link = new PfLink(pf, hardware, damping);
    this.parking = new Parking(ledger, hardware);
    this.hardware = hardware;
    this.ledger = ledger;
    this.changed = changed;
    this.last = NOTHING.troubled("PF " + pf + " has not answered yet");
  }

  void start(Stock.Pace pace) {
    start(pace, Optional.empty());
  }

  /**
   * The same once an earlier keeper of the PF has ended: a PF has one writer.
   *
   * @param earlier which was told to {@link #leave}
   */
  void start(Stock.Pace pace, Optional<PfKeeper> earlier) {
    predecessor = earlier;
    thread = Optional.of(Thread.ofVirtual().name("pf-" + pf).start(() -> run(pace)));
  }

  private void run(Stock.Pace pace) {
    try {
      if (predecessor.isPresent()) {
        predecessor.get().awaitEnd();
        predecessor = Optional.empty();
      }
      while (!closing) {
        lookWanted.set(false);
        look();
        if (orders.refused()) {
          lookWanted.set(false); // what was tried has made events itself
        }
        if (orders.waiting()) {
          lookWanted.set(true);
        }
        first.countDown();
        changed.run();
        watchLink(pace);
      }
    } catch (InterruptedException end) {
      log.debug("{} is no longer kept", pf);
    }
  }

  /** Looks at the carrier alone, time and again and when it is rung, until all of it is due. */
  private void watchLink(Stock.Pace pace) throws InterruptedException {
    Time time = Time.system();
    long end = time.nanos() + pace.rescan().toNanos();
    for (long left = end - time.nanos(); left > 0; left = end - time.nanos()) {
      long due = Math.max(SOONEST.toNanos(), link.untilReliable().toNanos());
      long soon = Math.min(pace.glance().toNanos(), due);
      if (bell.tryAcquire(Math.min(left, soon), TimeUnit.NANOSECONDS)) {
        bell.drainPermits();
      }
      if (lookWanted.get()) {
        time.sleep(CROWD);
      }
      if (closing || lookWanted.get()) {
        return;
      }
      Sighting before = last;
      glance();
      if (!last.equals(before)) {
        changed.run();
      }
    }
  }

  /** An interface has changed: if it is this PF's, its carrier or all of it is looked at now. */
  void heard(LinkEvents.Event event) {
    switch (event) {
      case LinkEvents.Event.Changed now when isOurs(now.link()) -> bell.release();
      case LinkEvents.Event.Removed gone when isOurs(gone.link()) -> wake();
      case LinkEvents.Event.Changed _, LinkEvents.Event.Removed _ -> {}
      case LinkEvents.Event.Lost _ -> wake();
    }
  }

  /**
   * Something has happened to a PCI function: this PF is looked at now. Not when the kernel refused
   * what was tried last: trying makes events, which would have it tried again at once.
   */
  void wake() {
    if (!orders.refused()) {
      lookWanted.set(true);
    }
    bell.release();
  }

  private boolean isOurs(Link link) {
    return link.parentDevice().equals(Optional.of(pf.toString()))
        || last.found().filter(found -> found.port().name().equals(link.name())).isPresent();
  }

  /** Waits for the end of the first look, for so long at most. */
  void awaitFirst(Duration atMost) throws InterruptedException {
    if (!first.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      log.error("PF {} has not answered yet; the others do not wait for it", pf);
    }
  }

  /**
   * From now on the PF is kept as this config wants it, which must name it. If that is something
   * new, it is {@link #pending} at once. One caller at a time.
   */
  void want(SriovConfig config) {
    if (orders.give(config)) {
      lookWanted.set(true);
      bell.release();
    }
  }

  /** Whether the PF is not yet as wanted, or not known to be: nothing of it may be granted. */
  boolean pending() {
    return last.order() != orders.newest().number();
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
    PfOrders.Order wanted = orders.begin();
    try {
      Optional<Inventory.Physical> now = hardware.find(pf);
      for (int round = 1; round <= ROUNDS && orders.carryOut(wanted, now); round++) {
        now = hardware.find(pf);
      }
      now = now.map(found -> found.with(parked(found.virtualFunctions())));
      last = now.map(this::sighting).orElse(NOTHING).madeBy(wanted.number());
    } catch (RuntimeException e) { // whatever it is: the next look may find it gone
      String trouble = "PF " + pf + " cannot be read: " + Failure.text(e);
      if (!trouble.equals(last.trouble())) {
        log.error("{}", trouble, e);
      }
      last = last.troubled(trouble);
    }
  }

  private List<Inventory.Virtual> parked(List<Inventory.Virtual> vfs) {
    return vfs.stream()
        .map(vf -> vf.driver().equals(Vfio.DRIVER) && isOurs(vf) ? parking.park(vf) : vf)
        .toList();
  }

  private boolean isOurs(Inventory.Virtual vf) {
    SriovConfig.Entry entry = orders.newest().config().physicalFunctions().get(pf);
    return (entry != null && entry.wish(vf.number()).isPresent())
        || ledger.find(vf.address()).isPresent();
  }

  /** Looks at the carrier alone. When it cannot be read, the next look says so. */
  private synchronized void glance() {
    Optional<Inventory.Physical> found = last.found();
    if (found.isEmpty()) {
      return;
    }
    try {
      Sighting before = last;
      last = sighting(found.get()).troubled(before.trouble()).madeBy(before.order());
    } catch (RuntimeException e) {
      log.debug("the carrier of PF {} cannot be read: {}", pf, Failure.text(e));
    }
  }

  private Sighting sighting(Inventory.Physical found) {
    return new Sighting(Optional.of(found), "", link.look(found.port().name()), 0);
  }

  /** Ends as soon as it can; a NIC that hangs may take its time, and nobody waits for it. */
  void leave() {
    closing = true;
    bell.release();
    thread.ifPresent(Thread::interrupt);
  }

  @Override
  public void close() throws InterruptedException {
    leave();
    awaitEnd();
  }

  private void awaitEnd() throws InterruptedException {
    if (thread.isPresent()) {
      thread.get().join();
    }
    if (predecessor.isPresent()) { // when told to leave while it still waited for that one
      predecessor.get().awaitEnd();
    }
  }
}
