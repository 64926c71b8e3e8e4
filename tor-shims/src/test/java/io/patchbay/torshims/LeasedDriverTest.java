package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.torshims.lease.FakeLease;
import io.patchbay.torshims.lease.LeaseKeeper;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever is not the writer any more says nothing more to the switch. */
@Timeout(60)
class LeasedDriverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final FakeTime time = new FakeTime();
  private final FakeLease lease = new FakeLease();
  private final FakeSwitch fake = new FakeSwitch();
  private final LeaseKeeper keeper =
      new LeaseKeeper(
          lease,
          new LeaseKeeper.Holder() {
            @Override
            public void begin() {}

            @Override
            public void lost(Failure why) {}
          },
          time);
  private final LeasedDriver driver = new LeasedDriver(fake, keeper);
  private final FutureTask<Map<String, PortReading>> change =
      new FutureTask<>(() -> driver.apply(Map.of("p1", TwoSwitches.trunk(100)), PATIENCE));

  @BeforeEach
  void start() {
    driver.watch(() -> {});
    keeper.start();
  }

  private void holdUp() {
    fake.hold();
    Thread.ofVirtual().start(change);
    Await.until("it is being written", PATIENCE, () -> fake.applying() == 1);
  }

  private void assertGivenUp() {
    fake.release();
    Throwable cause = assertThrows(ExecutionException.class, change::get).getCause();
    assertTrue(
        cause instanceof Failure failure && failure.kind() == Failure.Kind.UNAVAILABLE,
        cause::toString);
    assertEquals(TwoSwitches.BEFORE, fake.at("p1"));
    assertThrows(Failure.class, () -> driver.read(Set.of("p1")));
  }

  @Test
  void whatIsBeingDoneWhenTheWriterEndsIsNotDone() {
    holdUp();
    driver.close();
    assertGivenUp();
  }

  @Test
  void whatIsBeingDoneWhenTheLeaseIsLostIsNotDone() {
    holdUp();
    lease.free(false);
    time.advance(FakeLease.TERMS.pace());
    assertGivenUp();
  }

  /** It may have waited long for its twin at another switch. */
  @Test
  void whatIsWrittenIsNotConfirmedByWhoHasEndedMeanwhile() {
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void overwrites(Map<String, PortReading> before) {
            driver.close();
          }
        });
    Thread.ofVirtual().start(change);
    assertGivenUp();
    assertEquals(1, fake.cancels().size());
  }

  @Test
  void theHolderOfTheLeaseWrites() throws Exception {
    holdUp();
    fake.release();
    assertEquals(TwoSwitches.BEFORE, change.get().get("p1").meaning());
    assertEquals(TwoSwitches.trunk(100), fake.at("p1"));
  }
}
