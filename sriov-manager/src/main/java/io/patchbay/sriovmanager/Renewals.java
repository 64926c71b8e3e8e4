package io.patchbay.sriovmanager;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciFunction;
import io.patchbay.linux.PciSysfs;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Resets of VFs that have an interface (FLR): their driver is taken off meanwhile. One at a time
 * per PF, and no driver is bound beside it: one that hangs holds up only its own PF. Whoever looks
 * at a VF meanwhile sees it with its driver. Safe for all threads.
 */
final class Renewals {
  /** A function that was reset, or its PF, may refuse a setting while it is not ready for it. */
  private static final Duration READY = Duration.ofSeconds(5);

  private final PciSysfs sysfs;
  private final Turns<PciAddress> turns = new Turns<>();

  /** The last one of each VF. */
  private final Map<PciAddress, Renewal> latest = new ConcurrentHashMap<>();

  /**
   * @param driver which the VF has before and after
   */
  private record Renewal(int number, String driver, boolean over) {}

  Renewals(PciSysfs sysfs) {
    this.sysfs = sysfs;
  }

  /** Whether a VF has an interface, or is to have one, and the kernel knows a way to reset it. */
  boolean areFor(PciAddress vf) {
    return sysfs
        .find(vf)
        .map(Renewals::driver)
        .filter(driver -> !driver.isEmpty() && !driver.equals(Vfio.DRIVER))
        .filter(driver -> sysfs.canReset(vf))
        .isPresent();
  }

  /** The one that it has, or was taken from. */
  private static String driver(PciFunction function) {
    return function.binding().driver().or(function.binding()::override).orElse("");
  }

  /** Does what concerns the drivers of a PF's VFs. */
  void inTurn(PciAddress pf, Runnable task) {
    var unused =
        turns.of(
            pf,
            () -> {
              task.run();
              return pf;
            });
  }

  /**
   * Resets a VF and gives it back to its driver, or to the one that a predecessor took it from.
   *
   * @param settle waits until the driver has it
   */
  void renew(PciAddress vf, PciAddress pf, Runnable settle) {
    inTurn(
        pf,
        () -> {
          String driver = driver(sysfs.require(vf));
          Renewal last = latest.getOrDefault(vf, new Renewal(0, "", true));
          latest.put(vf, new Renewal(last.number + 1, driver, false));
          try {
            sysfs.renew(vf);
            settle.run();
          } finally {
            latest.put(vf, new Renewal(last.number + 1, driver, true));
          }
        });
  }

  /** Does something that may be refused just after a reset, until it is not. */
  void insist(Runnable task) {
    AtomicReference<Failure> refusal = new AtomicReference<>();
    boolean done =
        Await.comesTrue(
            READY,
            () -> {
              try {
                task.run();
                return true;
              } catch (Failure e) {
                refusal.set(e);
                return false;
              }
            });
    if (!done) {
      throw refusal.get();
    }
  }

  /** A function as it is, but for the driver that it lacks during a reset. */
  Optional<PciFunction> find(PciAddress vf) {
    Optional<Renewal> before = Optional.ofNullable(latest.get(vf));
    Optional<PciFunction> found = sysfs.find(vf);
    Optional<Renewal> after = Optional.ofNullable(latest.get(vf));
    Optional<Renewal> meanwhile = after.filter(renewal -> !renewal.over || !after.equals(before));
    return found.map(function ->
        function.binding().driver().isPresent()
            ? function
            : meanwhile.map(renewal -> function.boundTo(renewal.driver)).orElse(function));
  }
}
