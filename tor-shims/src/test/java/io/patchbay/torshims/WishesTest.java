package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.torshims.Change.Verb;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many changes may wait for a switch, and whose. */
class WishesTest {
  private static final int MOST = 4096;

  private final FakeTime time = new FakeTime();
  private final Turns turns =
      new Turns(
          "tor-1",
          new Turns.Work() {
            @Override
            public void run() {}

            @Override
            public boolean isMore() {
              return false;
            }

            @Override
            public int waiting() {
              return 0;
            }
          },
          time);
  private final Wishes wishes = new Wishes("tor-1", turns);

  private Change change(Verb verb, int connection) {
    PortClaim claim = new PortClaim("tor-1", "p1", 100);
    return new Change(verb, "c" + connection, claim, time.now(), Duration.ofSeconds(15));
  }

  /** A queue that is full must not keep a VLAN on a port. */
  @Test
  void whoComesTooLateIsTurnedAwayAndWhoLeavesIsNot() {
    for (int i = 0; i < MOST; i++) {
      wishes.submit(change(Verb.TAKE, i));
    }
    for (Verb verb : List.of(Verb.TAKE, Verb.EXPECT)) {
      Failure failure = assertThrows(Failure.class, () -> wishes.submit(change(verb, MOST)));
      assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    }
    wishes.submit(change(Verb.LEAVE, 0));
    assertEquals(MOST + 1, wishes.size());
  }

  @Test
  void aTurnTakesThemInTheirOrderAndNotAllAtOnce() {
    for (int i = 0; i < 1000; i++) {
      wishes.submit(change(Verb.TAKE, i));
    }
    List<Change> first = wishes.next();
    assertEquals(512, first.size());
    assertEquals("c0", first.getFirst().connection());
    assertEquals("c512", wishes.next().getFirst().connection());
    assertEquals(0, wishes.size());
  }

  @Test
  void whatWaitsAtTheEndIsRefusedAndNothingWaitsAfterIt() {
    Change waits = change(Verb.TAKE, 1);
    wishes.submit(waits);
    turns.stop();
    wishes.close();
    Failure refused = assertThrows(Failure.class, () -> waits.await(time, latch -> latch.await()));
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    assertThrows(Failure.class, () -> wishes.submit(change(Verb.LEAVE, 2)));
  }
}
