package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.grpc.Deadline;
import io.patchbay.base.Await;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
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

  private final ScheduledExecutorService never = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void end() {
    never.shutdownNow();
  }

  /** A pod has VF1, and its connection has it in its service. */
  private void serves() {
    assertEquals(1, ledger.reserve(FAST, List.of(VF1)).size());
    Hold hold = Hold.wanted("c1", "inode://4/1", "nsm-1");
    assertEquals("c1", ledger.hold(VF1, hold, url -> true, () -> HOME).connection());
  }

  /** Somebody asks for these; device-plugin gives it 25 s. */
  private Thread asks(ReturnWait wait, PciAddress... vfs) {
    Deadline deadline = Deadline.after(25, TimeUnit.SECONDS, clock);
    Context caller = Context.ROOT.withDeadline(deadline, never);
    int before = asked.get();
    Thread asking =
        Thread.ofVirtual()
            .start(caller.wrap(() -> wait.await(List.of(vfs), Reservation.ofContainer(FAST))));
    settles(asking, before);
    return asking;
  }

  private static boolean waits(Thread asking) {
    return asking.isAlive();
  }

  private void end(Thread waiting) {
    wakeAfter(Duration.ofSeconds(20), waiting);
    assertFalse(waits(waiting));
  }

  @Test
  void ofTheCallersTimeAFifthIsLeft() {
    serves();
    Thread waiting = asks(new ReturnWait(ledger), VF1);
    assertTrue(waits(waiting));
    wakeAfter(Duration.ofMillis(19_999), waiting);
    assertTrue(waits(waiting), "there is time");
    wakeAfter(Duration.ofMillis(1), waiting);
    assertFalse(waits(waiting), "the rest is for the answer");
  }

  /** The kubelet admits no other pod meanwhile, and this one is refused in any case. */
  @Test
  void nobodyWaitsForOneWhenAnotherIsRefusedAnyway() {
    serves();
    ReturnWait wait = new ReturnWait(ledger);
    assertEquals(1, ledger.reserve(ResourceName.parse("example.com/ptp"), List.of(VF2)).size());
    assertFalse(waits(asks(wait, VF1, VF2)));
    assertEquals(1, ledger.reserve(FAST, List.of(VF3)).size());
    Thread waiting = asks(wait, VF1, VF3);
    assertTrue(waits(waiting), "that one is the caller's already");
    end(waiting);
  }

  /** A pod that lives on would cost the node twenty seconds for each pod made after another. */
  @Test
  void whatWasWaitedForInVainIsNotWaitedForAgainUntilSomethingChanges() {
    serves();
    ReturnWait wait = new ReturnWait(ledger);
    end(asks(wait, VF1));
    assertFalse(waits(asks(wait, VF1)));
    time.advance(ReturnWait.VAIN);
    Thread later = asks(wait, VF1);
    assertTrue(waits(later), "it may be another pod by now");
    end(later);
    assertFalse(waits(asks(wait, VF1)));
    assertTrue(ledger.sendHome(VF1, "c1", () -> true).isPresent());
    Thread soon = asks(wait, VF1);
    assertTrue(waits(soon), "it is on its way now");
    end(soon);
  }

  private void wakeAfter(Duration duration, Thread waiting) {
    time.advance(duration);
    int before = asked.get();
    ledger.news().wake();
    settles(waiting, before);
  }

  /** It has looked at the clock again and waits for news, or has ended. */
  private void settles(Thread waiting, int before) {
    Await.until(
        "it waits for news, or has ended",
        Duration.ofSeconds(10),
        () -> !waiting.isAlive() || (asked.get() > before && LedgerRig.awaitsNews(waiting)));
  }
}
