package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a lease of any sort owes the replicas of a shim. */
abstract class LeaseContractTest {
  /** The lease as another process of that name has it. */
  abstract Lease replica(String name);

  @Test
  void oneHasItAtATimeAndKeepsIt() {
    Lease first = replica("first");
    Lease second = replica("second");
    assertTrue(first.take());
    for (int i = 0; i < 3; i++) {
      assertFalse(second.take());
      assertTrue(first.take());
    }
    assertTrue(second.holder().contains("first"), second.holder());
    first.close();
    second.close();
  }

  @Test
  void whatIsGivenBackIsTheNextOnesAtOnce() {
    Lease first = replica("first");
    Lease second = replica("second");
    assertTrue(first.take());
    assertFalse(second.take());
    first.close();
    assertTrue(second.take());
    assertTrue(second.holder().contains("second"), second.holder());
    second.close();
  }

  @Test
  void aReplicaThatOnlyWaitedTakesNothingAwayWhenItLeaves() {
    Lease first = replica("first");
    Lease second = replica("second");
    Lease third = replica("third");
    assertTrue(first.take());
    assertFalse(second.take());
    second.close();
    assertFalse(third.take());
    assertTrue(first.take());
    first.close();
    third.close();
  }

  @Test
  void whatOneHandsOverAllLaterOnesFind() {
    Handover left = new Handover("folder-1", "token");
    Lease first = replica("first");
    assertThrows(Failure.class, () -> first.handOver(left), "it is not held yet");
    assertTrue(first.take());
    assertEquals(Optional.empty(), first.handover());
    first.handOver(left);
    first.handOver(left);
    assertTrue(first.take());
    first.close();
    Lease second = replica("second");
    assertTrue(second.take());
    second.close();
    Lease third = replica("third");
    assertTrue(third.take());
    assertEquals(Optional.of(left), third.handover(), "also of one that had nothing to hand over");
    third.handOver(new Handover("folder-3", "token"));
    third.close();
    Lease fourth = replica("fourth");
    assertTrue(fourth.take());
    assertEquals(Optional.of(new Handover("folder-3", "token")), fourth.handover());
    fourth.close();
  }
}
