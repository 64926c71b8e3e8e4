package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What device-plugin is answered for resource claims when things are not as they should be. */
class ResourceClaimPathTest {
  private static final ResourceName NAME = ResourceName.parse("example.com/ptp");
  private static final String CLAIM = "default/fast/uid-1";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ModelNode node = new ModelNode(new Random(0), 1);
  private final FakeMachine.Vf vf = node.machine.vfs().iterator().next();

  @AfterEach
  void powerOff() {
    node.close();
  }

  private void unavailable(String words) {
    Failure refused = assertThrows(Failure.class, () -> node.reserve(NAME, vf, CLAIM));
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  /** The claim may have been released since, and nobody would release it again. */
  @Test
  void whoHasGivenUpIsGrantedNothing() {
    var given = Context.current().withCancellation();
    given.cancel(null);
    given.run(() -> unavailable("given up"));
    assertEquals(Map.of(), node.ledger.claims());
    assertTrue(!node.reserve(NAME, vf, CLAIM).isEmpty());
  }

  /**
   * The VF is busy, so the reservation takes its time; the kubelet has given it up and releases.
   */
  @Test
  void aReleaseWaitsForTheReservationBeforeIt() throws InterruptedException {
    CountDownLatch idle = new CountDownLatch(1);
    Thread busy =
        started(() -> {
          var unused =
              node.ledger.whileStill(
                  vf.address, claim -> Await.comesTrue(PATIENCE, () -> idle.getCount() == 0));
        });
    Await.until("busy", PATIENCE, () -> busy.getState() == Thread.State.TIMED_WAITING);
    Thread reserves = started(() -> node.reserve(NAME, vf, CLAIM));
    Await.until("waits", PATIENCE, () -> reserves.getState() == Thread.State.WAITING);
    Thread releases = started(() -> node.release(CLAIM));
    Await.until(
        "waits or has ended",
        PATIENCE,
        () -> releases.getState() == Thread.State.WAITING || !releases.isAlive());
    idle.countDown();
    for (Thread thread : List.of(busy, reserves, releases)) {
      thread.join();
    }
    assertEquals(Map.of(), node.ledger.claims());
  }

  private static Thread started(Runnable task) {
    return Thread.ofPlatform().start(task);
  }

  /** After a start of the machine its VFs are yet to be made. */
  @Test
  void aVfThatIsNotThereYetIsNotTakenForReady() {
    String token = node.reserve(NAME, vf, CLAIM);
    node.machine.lose(vf.address);
    node.stock.look();
    unavailable("was granted with driver iavf");
    node.machine.find(vf.address);
    node.stock.look();
    assertEquals(token, node.reserve(NAME, vf, CLAIM));
  }
}
