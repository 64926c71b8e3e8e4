package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedLeaseTest extends LeaseContractTest {
  private static final Duration LASTING = Duration.ofSeconds(30);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private final FakeTime time = new FakeTime();
  private final FakeStore store = new FakeStore();
  private final FakeStore.Way here = store.way(new Random(0));
  private final FakeStore.Way there = store.way(new Random(0));

  @BeforeEach
  void aLeaseThatNobodyHas() {
    var unused =
        store.way(new Random(0)).write(new LeaseRecord("", "", LASTING, 0, Optional.empty()));
  }

  @Override
  Lease replica(String name) {
    return new SharedLease(store.way(new Random(0)), name, LASTING, time);
  }

  private Lease first() {
    return new SharedLease(here, "first", LASTING, time);
  }

  private Lease second() {
    return new SharedLease(there, "second", LASTING, time);
  }

  @Test
  void aHolderThatIsSilentForItsWholeTimeIsSucceeded() {
    Lease second = second();
    assertTrue(first().take());
    assertFalse(second.take());
    time.advance(LASTING.minus(SECOND));
    assertFalse(second.take());
    time.advance(SECOND);
    assertTrue(second.take());
    assertEquals(2, store.there().orElseThrow().transitions());
  }

  @Test
  void aHolderThatRenewsIsNot() {
    Lease first = first();
    Lease second = second();
    assertTrue(first.take());
    for (int i = 0; i < 10; i++) {
      assertFalse(second.take());
      time.advance(LASTING.minus(SECOND));
      assertTrue(first.take());
    }
  }

  /** Whatever the time of day in the lease says: the silence is measured by one's own clock. */
  @Test
  void aReplicaThatHasJustComeMeasuresTheWholeTimeItself() {
    assertTrue(first().take());
    time.advance(Duration.ofDays(3));
    Lease second = second();
    assertFalse(second.take());
    time.advance(LASTING.minus(SECOND));
    assertFalse(second.take());
    time.advance(SECOND);
    assertTrue(second.take());
  }

  @Test
  void theLongerOfTwoDurationsCounts() {
    Lease slow = new SharedLease(here, "slow", LASTING.multipliedBy(2), time);
    Lease second = second();
    assertTrue(slow.take());
    assertFalse(second.take());
    time.advance(LASTING.multipliedBy(2).minus(SECOND));
    assertFalse(second.take());
    time.advance(SECOND);
    assertTrue(second.take());
  }

  @Test
  void ofTwoWhoTakeItAtOnceOneHasIt() {
    Lease first = first();
    Lease second = second();
    assertTrue(first.take());
    assertFalse(second.take());
    Lease third = replica("third");
    assertFalse(third.take());
    time.advance(LASTING);
    assertTrue(second.take());
    assertFalse(third.take(), "what it has seen is another's by now");
    assertFalse(first.take());
  }

  @Test
  void aLostAnswerLosesNothing() {
    Lease first = first();
    here.losesReplies = true;
    assertThrows(Failure.class, first::take);
    here.losesReplies = false;
    assertTrue(first.take(), "it was taken");
    here.losesReplies = true;
    assertThrows(Failure.class, first::take);
    here.losesReplies = false;
    assertTrue(first.take(), "it was renewed");
  }

  /** That it is still there says nothing of when it was last renewed. */
  @Test
  void onlyARenewalCounts() {
    Lease first = first();
    assertTrue(first.take());
    store.touch();
    String version = store.there().orElseThrow().version();
    assertTrue(first.take());
    assertFalse(store.there().orElseThrow().version().equals(version));
  }

  @Test
  void aLeaseThatIsDeletedStaysItsHolders() {
    Lease first = first();
    Lease second = second();
    Handover left = new Handover("folder", "token");
    assertTrue(first.take());
    first.handOver(left);
    assertFalse(second.take());
    store.delete();
    assertFalse(second.take());
    assertTrue(first.take());
    assertEquals(Optional.of(left), store.there().orElseThrow().handover());
    assertFalse(second.take());
    store.delete();
    assertFalse(second.take());
    time.advance(LASTING);
    assertTrue(second.take());
    assertEquals(Optional.of(left), second.handover());
  }

  /** Its holder may not have found that yet. */
  @Test
  void whereNoLeaseIsOneIsMadeOnlyAfterItsTime() {
    store.delete();
    Lease second = second();
    assertFalse(second.take());
    time.advance(LASTING.minus(SECOND));
    assertFalse(second.take());
    time.advance(SECOND);
    assertTrue(second.take());
  }

  @Test
  void whoHasLostItWithoutKnowingHandsNothingOver() {
    Lease first = first();
    Lease second = second();
    assertTrue(first.take());
    assertFalse(second.take());
    time.advance(LASTING);
    assertTrue(second.take());
    second.handOver(new Handover("theirs", "token"));
    assertThrows(Failure.class, () -> first.handOver(new Handover("mine", "token")));
    first.close();
    assertEquals(Optional.of(new Handover("theirs", "token")), second.handover());
    assertTrue(second.take(), "nor does it give back what is another's");
  }

  /** As a manifest that is applied anew does it. */
  @Test
  void aLeaseThatIsMadeAnewIsItsHoldersAndKeepsWhatIsHandedOver() {
    Lease first = first();
    Lease second = second();
    Handover handover = new Handover("folder-1", "token");
    assertTrue(first.take());
    first.handOver(handover);
    assertFalse(second.take());
    store.delete();
    aLeaseThatNobodyHas();
    assertFalse(second.take(), "its holder has yet to find it");
    assertTrue(first.take());
    assertEquals(Optional.of(handover), store.there().orElseThrow().handover());
    assertFalse(second.take());
    assertEquals(Optional.of(handover), second.handover());
  }
}
