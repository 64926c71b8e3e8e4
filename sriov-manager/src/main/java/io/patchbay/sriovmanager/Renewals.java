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

  /** A reset waits for those of all other VFs of its PF. */
  private static final Duration TURN = Duration.ofMinutes(5);

  private final PciSysfs sysfs;
  private final Turns<PciAddress> turns = new Turns<>();

  /** The last one of each VF. */
  private final Map<PciAddress, Renewal> latest = new ConcurrentHashMap<>();

  /** How far one has come. */
  private enum Stage {
    /** Its driver may be off, and the kernel may be at it for long. */
    UNDER_WAY,
    /** Ended, but it was not reset, or has not come back from it. */
    FAILED,
    RESET
  }

  /**
   * @param connection for whose end it is
   * @param before the function as it was, with its driver
   */
  private record Renewal(int number, String connection, PciFunction before, Stage stage) {
    Renewal at(Stage next) {
      return new Renewal(number, connection, before, next);
    }
  }

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

  /**
   * Does what concerns the drivers of a PF's VFs, or resets one. Throws {@link Failure} of kind
   * UNAVAILABLE when the turn does not come in time.
   */
  void inTurn(PciAddress pf, Duration patience, Runnable task) {
    var unused =
        turns.within(
            patience,
            pf,
            () -> {
              task.run();
              return pf;
            });
  }

  /** Whether one for the end of this connection has begun: its VF is in no pod any more. */
  boolean hasBegun(PciAddress vf, String connection) {
    return of(vf, connection).isPresent();
  }

  /** Whether the VF was reset for the end of this connection, and has its driver again. */
  boolean isDone(PciAddress vf, String connection) {
    return of(vf, connection).filter(renewal -> renewal.stage == Stage.RESET).isPresent();
  }

  private Optional<Renewal> of(PciAddress vf, String connection) {
    return Optional.ofNullable(latest.get(vf))
        .filter(renewal -> renewal.connection.equals(connection));
  }

  /**
   * Resets a VF and gives it back to its driver, or to the one that a predecessor took it from.
   *
   * @param connection for whose end
   * @param settle waits until the driver has it
   */
  void renew(PciAddress vf, PciAddress pf, String connection, Runnable settle) {
    inTurn(
        pf,
        TURN,
        () -> {
          PciFunction now = sysfs.require(vf);
          int number = latest.containsKey(vf) ? latest.get(vf).number + 1 : 1;
          Renewal mine = new Renewal(number, connection, now.boundTo(driver(now)), Stage.UNDER_WAY);
          latest.put(vf, mine);
          try {
            sysfs.renew(vf);
            settle.run();
            latest.put(vf, mine.at(Stage.RESET));
          } catch (Failure e) {
            if (e.kind() != Failure.Kind.TIMEOUT) { // else the kernel is still at it
              latest.put(vf, mine.at(Stage.FAILED));
            }
            throw e;
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

  /**
   * A function as it is, but for the driver that it lacks during a reset. One that is being reset
   * is not even looked at, as the kernel may answer only when it is done.
   */
  Optional<PciFunction> find(PciAddress vf) {
    Optional<Renewal> before = Optional.ofNullable(latest.get(vf));
    if (before.filter(renewal -> renewal.stage == Stage.UNDER_WAY).isPresent()) {
      return before.map(Renewal::before);
    }
    Optional<PciFunction> found = sysfs.find(vf);
    Optional<Renewal> after = Optional.ofNullable(latest.get(vf));
    boolean meanwhile = !after.equals(before);
    return found.map(function ->
        function.binding().driver().isEmpty() && meanwhile
            ? after.map(Renewal::before).orElse(function)
            : function);
  }
}
