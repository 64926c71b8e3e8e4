package io.patchbay.sriovmanager;

import io.grpc.Context;
import io.grpc.Deadline;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Waits for VFs that a container is to have and that the one before has not given back: they are on
 * their way home, or its connection has not begun to end. The kubelet gives them away as soon as
 * that one's pod has ended, which is before they have been reset; a pod that is refused its VF then
 * fails for good (contracts/kubelet.md section 2.3).
 */
final class ReturnWait {
  /** The part of the caller's time that is left for what comes after the wait, and the answer. */
  private static final int RESERVE = 5;

  private final Ledger ledger;

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
    } finally {
      caller.removeListener(wake);
    }
  }

  /** One that has failed to come home before may do so for ever, and every pod would wait. */
  private boolean returns(List<PciAddress> vfs, Reservation wanted) {
    return vfs.stream()
        .filter(vf -> ledger.troubles().of(vf).isEmpty())
        .flatMap(vf -> ledger.find(vf).stream())
        .anyMatch(claim -> ClaimRules.comesFree(claim, wanted));
  }
}
