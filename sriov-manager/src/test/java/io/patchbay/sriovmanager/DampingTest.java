package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A link that is looked at each 100 ms, in virtual time. */
class DampingTest {
  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final int LONGEST = 600;
  private final FakeTime time = new FakeTime();
  private final Damping damping = new Damping(time, FIRST);

  /** The link is as told for so many tenths of a second. */
  private void is(boolean carrier, int tenths) {
    for (int i = 0; i < tenths; i++) {
      damping.saw(carrier);
      time.advance(Duration.ofMillis(100));
    }
    damping.saw(carrier);
  }

  @Test
  void whatIsFoundAtFirstIsBelieved() {
    damping.saw(true);
    assertTrue(damping.reliable());
  }

  @Test
  void aLossCountsAtOnceAndAReturnOnceItHasHeld() {
    is(true, 1);
    is(false, 0);
    assertFalse(damping.reliable());
    is(true, 19);
    assertFalse(damping.reliable());
    assertEquals(Duration.ofMillis(100), damping.left());
    is(true, 1);
    assertTrue(damping.reliable());
  }

  @Test
  void aLinkThatBeganWithoutCarrierIsDampedAsWell() {
    is(false, 1);
    is(true, 19);
    assertFalse(damping.reliable());
    is(true, 1);
    assertTrue(damping.reliable());
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 4", "3, 8", "4, 16", "5, 32", "6, 60", "7, 60", "1000, 60"})
  void eachLossDoublesTheWaitUpToABound(int losses, int seconds) {
    is(true, 0);
    for (int i = 0; i < losses; i++) {
      is(false, 0);
      is(true, 0);
    }
    assertEquals(Duration.ofSeconds(seconds), damping.mustHold());
    is(true, seconds * 10 - 1);
    assertFalse(damping.reliable());
    is(true, 1);
    assertTrue(damping.reliable());
  }

  @Test
  void aLinkThatHeldForTheLongestWaitIsForgiven() {
    is(true, 0);
    for (int i = 0; i < 4; i++) {
      is(false, 1);
      is(true, 1);
    }
    is(true, LONGEST);
    is(false, 1);
    is(true, 20);
    assertTrue(damping.reliable(), "as after its first loss: " + damping.mustHold());
  }

  @Test
  void withoutDampingItIsAsItLooks() {
    Damping none = new Damping(time, Duration.ZERO);
    for (boolean carrier : new boolean[] {true, false, true, true, false, true}) {
      none.saw(carrier);
      assertEquals(carrier, none.reliable());
    }
  }

  /** However it flaps: never relied on without carrier, and always in the end, and rarely told. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverTheLinkDoes(long seed) {
    Random random = new Random(seed);
    is(true, 0);
    long kept = 0;
    for (int step = 0; step < 20_000; step++) {
      boolean before = damping.reliable();
      boolean carrier = random.nextInt(1 + (int) seed * 4) > 0;
      is(carrier, 1);
      kept = carrier ? kept + 1 : 0;
      assertTrue(carrier || !damping.reliable(), "relied on without carrier");
      assertTrue(before || !damping.reliable() || kept >= 20, "too early: " + kept);
      assertTrue(kept < LONGEST || damping.reliable(), "too late: " + kept);
      assertTrue(damping.mustHold().compareTo(FIRST.multipliedBy(30)) <= 0);
    }
    is(true, LONGEST);
    assertTrue(damping.reliable());
  }
}
