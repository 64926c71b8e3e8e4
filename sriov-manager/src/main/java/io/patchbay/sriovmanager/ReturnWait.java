package io.patchbay.sriovmanager;

import io.grpc.Context;
import io.grpc.Deadline;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Waits for VFs that a container is to have and that the one before has not given back: they are on
 * their way home, or its connection has not begun to end. The kubelet gives them away as soon as
 * that one's pod has ended, which is before they have been reset; a pod that is refused its VF then
 * fails for good (contracts/kubelet.md section 2.3).
 *
 * <p>The kubelet admits no other pod of the node meanwhile. So nobody waits when the request must
 * be refused anyway, nor again for {@link #VAIN} for what another has just waited for in vain: the
 * pod before may live on, and each pod that is made in place of a refused one would wait anew. Safe
 * for all threads.
 */
final class ReturnWait {
  /** The part of the caller's time that is left for what comes after the wait, and the answer. */
  private static final int RESERVE = 5;

  /** How long the memory of a wait in vain keeps others from it, if nothing has changed. */
  static final Duration VAIN = Duration.ofMinutes(1);

  private final Ledger ledger;

  /** By VF, one at most for each: what was waited for in vain. */
  private final Map<PciAddress, Vain> vain = new ConcurrentHashMap<>();

  /**
   * Until when, by the clock that nobody sets, nobody waits again while this is how the VF is held
   * and why it leaves its pod.
   */
  private record Vain(long until, Hold hold, String draining) {}

  ReturnWait(Ledger ledger) {
    this.ledger = ledger;
  }

  /**
   * Returns once none of these VFs has to be waited for any more, when most of the caller's time is
   * over, or when it has given up; at once if it did not say how long it waits. The caller must
   * hold nothing that others wait for.
   */
  void await(List<PciAddress> vfs, Reservation wanted) {
    Context caller = Context.current();
    Deadline deadline = caller.getDeadline();
    if (deadline == null || !returns(vfs, wanted)) {
      return;
    }
    long end = deadline.timeRemaining(TimeUnit.MILLISECONDS) / RESERVE;
    Context.CancellationListener wake = given -> ledger.news().wake();
    caller.addListener(wake, Runnable::run);
    try {
      long seen = ledger.news().version();
      long left = deadline.timeRemaining(TimeUnit.MILLISECONDS) - end;
      while (left > 0 && !caller.isCancelled() && returns(vfs, wanted)) {
        ledger.news().await(seen, Duration.ofMillis(left));
        seen = ledger.news().version();
        left = deadline.timeRemaining(TimeUnit.MILLISECONDS) - end;
      }
      if (left <= 0 && !caller.isCancelled()) {
        remember(vfs, wanted);
      }
    } finally {
      caller.removeListener(wake);
    }
  }

  private void remember(List<PciAddress> vfs, Reservation wanted) {
    long until = ledger.time().nanos() + VAIN.toNanos();
    for (PciAddress vf : vfs) {
      if (comesFree(vf, wanted)) {
        ledger
            .find(vf)
            .ifPresent(claim -> vain.put(vf, new Vain(until, claim.hold(), claim.draining())));
      }
    }
  }

  /** Whether some of them will come free, and none is to be refused whatever they do. */
  private boolean returns(List<PciAddress> vfs, Reservation wanted) {
    return vfs.stream().anyMatch(vf -> comesFree(vf, wanted))
        && vfs.stream().noneMatch(vf -> !comesFree(vf, wanted) && isRefused(vf, wanted));
  }

  /**
   * Whether a VF that is refused now is worth waiting for. One that has failed to come home before
   * may do so for ever, and every pod would wait.
   */
  boolean comesFree(PciAddress vf, Reservation wanted) {
    return ledger.troubles().of(vf).isEmpty()
        && ledger
            .find(vf)
            .filter(claim -> ClaimRules.comesFree(claim, wanted) && !isVain(vf, claim))
            .isPresent();
  }

  private boolean isVain(PciAddress vf, Claim claim) {
    Vain last = vain.get(vf);
    return last != null
        && last.hold().equals(claim.hold())
        && last.draining().equals(claim.draining())
        && ledger.time().nanos() - last.until() < 0;
  }

  private boolean isRefused(PciAddress vf, Reservation wanted) {
    return ledger.find(vf).filter(claim -> ClaimRules.refuses(vf, claim, wanted)).isPresent();
  }
}
