package io.patchbay.sriovmanager;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the hardware as the config wants it, and the catalog of it: looks at the NICs at the start
 * and every ten seconds, puts right what is not as wanted, and publishes anew at once when the
 * ledger changes. One thread does all of it.
 */
final class Stock implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Stock.class);
  private static final Duration RESCAN = Duration.ofSeconds(10);

  /** Making VFs makes it possible to bind them: two rounds do, a third shows that they did. */
  private static final int ROUNDS = 3;

  private final SriovConfig config;
  private final Hardware hardware;
  private final Ledger ledger;
  private final List<Consumer<Catalog>> followers = new CopyOnWriteArrayList<>();
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread = Thread.ofVirtual().name("stock").unstarted(this::run);

  @GuardedBy("this")
  private Inventory found = new Inventory(List.of());

  @GuardedBy("this")
  private Catalog catalog = Catalog.getDefaultInstance();

  Stock(SriovConfig config, Hardware hardware, Ledger ledger) {
    this.config = config;
    this.hardware = hardware;
    this.ledger = ledger;
  }

  /** Makes the hardware as wanted, as far as it goes, and from now on keeps it so. */
  void start() {
    look();
    ledger.news().onChange(this::publish);
    thread.start();
  }

  private void run() {
    try {
      while (!wake.tryAcquire(RESCAN.toMillis(), TimeUnit.MILLISECONDS)) {
        look();
      }
    } catch (InterruptedException end) {
      log.debug("the stock is no longer kept");
    }
  }

  private void look() {
    try {
      Inventory now = hardware.scan(config);
      for (int round = 1; round <= ROUNDS && putRight(now); round++) {
        now = hardware.scan(config);
      }
      synchronized (this) {
        found = now;
      }
      publish();
    } catch (Failure e) {
      log.error("cannot look at the NICs, again in {} s: {}", RESCAN.toSeconds(), Failure.text(e));
    }
  }

  /** Says whether anything was done. What the kernel refuses is told and left for next time. */
  private boolean putRight(Inventory now) {
    Plan plan = Plan.of(config, now, ledger.claims().keySet());
    boolean done = false;
    for (Plan.Step step : plan.steps()) {
      try {
        hardware.apply(step);
        done = true;
      } catch (Failure e) {
        log.error("{}: {}", step, Failure.text(e));
      }
    }
    return done;
  }

  /** What there is now. */
  synchronized Catalog catalog() {
    return catalog;
  }

  /** The VF at an address, if it is one of ours. */
  Optional<VirtualFunction> find(PciAddress vf) {
    return catalog().getFunctionsList().stream()
        .filter(function -> function.getPciAddress().equals(vf.toString()))
        .findFirst();
  }

  /** Tells the catalog now and after each change, until the result is run; must not block. */
  synchronized Runnable follow(Consumer<Catalog> follower) {
    followers.add(follower);
    follower.accept(catalog);
    return () -> followers.remove(follower);
  }

  private synchronized void publish() {
    Map<PciAddress, Claim> claims = ledger.claims();
    Catalog next = Catalogs.of(config, found, claims, catalog.getVersion());
    if (!next.equals(catalog)) {
      Catalog changed = next.toBuilder().setVersion(catalog.getVersion() + 1).build();
      catalog = changed;
      followers.forEach(follower -> follower.accept(changed));
    }
  }

  @Override
  public void close() throws InterruptedException {
    wake.release();
    thread.interrupt();
    thread.join();
  }
}
