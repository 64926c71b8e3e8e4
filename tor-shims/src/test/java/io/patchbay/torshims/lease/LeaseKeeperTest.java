package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {
  private static final Duration SURE = FakeLease.TERMS.sure();
  private static final Duration PACE = FakeLease.TERMS.pace();
  private final FakeTime time = new FakeTime();
  private final FakeLease lease = new FakeLease();
  private final List<String> told = new ArrayList<>();
  private final LeaseKeeper keeper =
      new LeaseKeeper(
          lease,
          new LeaseKeeper.Holder() {
            @Override
            public void begin() {
              told.add("begin");
            }

            @Override
            public void lost(Failure why) {
              told.add("lost: " + Failure.text(why));
            }
          },
          time);

  @Test
  void aLeaseThatIsFreeIsHadAtOnceAndRenewed() {
    keeper.start();
    assertEquals(List.of("begin"), told);
    time.advance(SURE.multipliedBy(20));
    keeper.check();
    assertEquals(List.of("begin"), told);
  }

  @Test
  void aReplicaStandsByUntilTheLeaseIsFree() {
    lease.free(false);
    keeper.start();
    time.advance(Duration.ofHours(1));
    assertEquals(List.of(), told);
    Failure refused = assertThrows(Failure.class, keeper::check);
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    lease.free(true);
    time.advance(PACE);
    assertEquals(List.of("begin"), told);
    assertTrue(keeper.holds());
  }

  @Test
  void aLeaseThatAnotherHasTakenIsLostForGood() {
    keeper.start();
    lease.free(false);
    time.advance(PACE);
    assertEquals(List.of("begin", "lost: somebody has taken the lease"), told);
    assertThrows(Failure.class, keeper::use);
    lease.free(true);
    time.advance(Duration.ofHours(1));
    assertFalse(keeper.holds(), "what it has open is out of date");
    assertEquals(2, told.size());
  }

  @Test
  void withoutAnAnswerItIsLostWhenAnotherMayHaveItAndNotBefore() {
    keeper.start();
    time.advance(PACE.multipliedBy(2));
    lease.away(true);
    time.advance(SURE.minus(PACE));
    keeper.check();
    assertEquals(List.of("begin"), told);
    time.advance(PACE);
    assertFalse(keeper.holds());
    assertEquals(List.of("begin", "lost: the lease could not be renewed in time"), told);
  }

  @Test
  void anOutageThatEndsInTimeIsNoLoss() {
    keeper.start();
    for (int i = 0; i < 10; i++) {
      lease.away(true);
      time.advance(SURE.minus(PACE.multipliedBy(2)));
      lease.away(false);
      time.advance(PACE);
    }
    keeper.check();
    assertEquals(List.of("begin"), told);
  }

  /** The lease counts from when it was asked for: the answer may have been on its way for long. */
  @Test
  void anAnswerThatComesTooLateIsNone() {
    lease.meanwhile(() -> time.advance(SURE));
    keeper.start();
    assertFalse(keeper.holds());
    assertEquals(List.of(), told);
    lease.meanwhile(() -> {});
    time.advance(PACE);
    assertEquals(List.of("begin"), told);
  }

  @Test
  void itIsGivenBackWhenAllIsDoneAndAskedForNoMore() {
    keeper.start();
    keeper.use().close();
    keeper.close();
    assertTrue(lease.closed());
    assertEquals(0, time.pending() - 1, "only the look at the end is left");
    assertThrows(Failure.class, keeper::check);
    time.advance(Duration.ofHours(1));
    assertEquals(List.of("begin"), told, "who has given it back has not lost it");
  }

  @Test
  void itIsNotGivenBackWhileASwitchIsBeingWritten() {
    keeper.start();
    LeaseKeeper.Use writing = keeper.use();
    keeper.close();
    assertFalse(lease.closed());
    assertThrows(Failure.class, keeper::check, "and yet nothing new is begun");
    writing.close();
  }
}
