package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.grpc.Deadline;
import io.patchbay.base.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How long an Allocate waits for a VF that the pod before has not given back. */
class ReturnWaitTest extends LedgerRig {
  private static final Home HOME =
      new Home("eth1", "02:00:00:00:00:01", 1500, Home.UNKNOWN.settings());

  /** How often somebody asked what time is left. */
  private final AtomicInteger asked = new AtomicInteger();

  private final Deadline.Ticker clock =
      new Deadline.Ticker() {
        @Override
        public long nanoTime() {
          asked.incrementAndGet();
          return time.nanos();
        }
      };

  @Test
  void ofTheCallersTimeAFifthIsLeft() throws InterruptedException {
    assertEquals(1, ledger.reserve(FAST, List.of(VF1)).size());
    Hold hold = Hold.wanted("c1", "inode://4/1", "nsm-1");
    assertEquals("c1", ledger.hold(VF1, hold, url -> true, () -> HOME).connection());
    Deadline deadline = Deadline.after(25, TimeUnit.SECONDS, clock); // as device-plugin gives it
    try (ScheduledExecutorService never = Executors.newSingleThreadScheduledExecutor();
        Context.CancellableContext caller = Context.ROOT.withDeadline(deadline, never)) {
      ReturnWait wait = new ReturnWait(ledger);
      Thread waiting =
          Thread.ofVirtual()
              .start(caller.wrap(() -> wait.await(List.of(VF1), Reservation.ofContainer(FAST))));
      settles(waiting, 0);
      assertEquals(Thread.State.TIMED_WAITING, waiting.getState());
      wakeAfter(Duration.ofMillis(19_999), waiting);
      assertEquals(Thread.State.TIMED_WAITING, waiting.getState(), "there is time");
      wakeAfter(Duration.ofMillis(1), waiting);
      assertEquals(Thread.State.TERMINATED, waiting.getState(), "the rest is for the answer");
    }
  }

  private void wakeAfter(Duration duration, Thread waiting) {
    time.advance(duration);
    int before = asked.get();
    ledger.news().wake();
    settles(waiting, before);
  }

  /** It has looked at the clock again, and waits or has ended. */
  private void settles(Thread waiting, int before) {
    assertTrue(
        Await.comesTrue(
            Duration.ofSeconds(10),
            () ->
                asked.get() > before
                    && (waiting.getState() == Thread.State.TIMED_WAITING
                        || waiting.getState() == Thread.State.TERMINATED)));
  }
}
