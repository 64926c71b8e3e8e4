package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.torshims.Change.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How long a commit waits for the twins of its changes, and what comes of it. */
class AgreementTest {
  private static final Duration CONFIRMATION = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final FakeTime time = new FakeTime();
  private final Instant start = time.now();

  /** What happens while it waits, one after the other; then nothing more. */
  private final Deque<Runnable> meanwhile = new ArrayDeque<>();

  private final Agreement agreement =
      new Agreement(
          "tor-1",
          latch -> {
            while (latch.getCount() > 0) {
              meanwhile.remove().run();
            }
          },
          time);

  private final Pairing pairing = new Pairing();
  private final Change change = change("a", PATIENCE, pairing.first());

  private Change change(String connection, Duration patience, Pairing.End end) {
    PortClaim claim = new PortClaim("tor-1", "p1", 100);
    return new Change(Verb.EXPECT, connection, claim, time.now(), patience, end);
  }

  /** Has a commit of them confirmed; says why it may not be. */
  private Optional<Failure> confirm(Change... changes) {
    return confirm(CONFIRMATION, changes);
  }

  private Optional<Failure> confirm(Duration most, Change... changes) {
    try {
      return agreement.making(
          List.of(changes),
          () -> {
            agreement.confirms(most);
            return Optional.empty();
          });
    } catch (Failure e) {
      return Optional.of(e);
    }
  }

  private void waits(Duration duration) {
    meanwhile.add(() -> time.advance(duration));
  }

  private void assertTook(Duration duration) {
    assertEquals(duration, Duration.between(start, time.now()));
    assertEquals(0, time.pending(), "timers");
  }

  private static void assertDisagreed(String why, Optional<Failure> failure) {
    assertEquals(Failure.Kind.CONFLICT, failure.orElseThrow().kind());
    assertTrue(Hindrance.isBehind(failure.get(), Disagreement.class));
    assertTrue(failure.get().getMessage().contains(why), failure.get()::getMessage);
  }

  @Test
  void whoHasNoTwinIsConfirmedAtOnceAndARepairToo() {
    assertEquals(Optional.empty(), confirm(change("b", PATIENCE, Pairing.NONE)));
    agreement.confirms(CONFIRMATION);
    assertTook(Duration.ZERO);
  }

  @Test
  void bothAreConfirmedOnceBothAreReady() {
    waits(Duration.ofSeconds(2));
    meanwhile.add(pairing.second()::ready);
    assertEquals(Optional.empty(), confirm(change));
    assertTook(Duration.ofSeconds(2));
  }

  /** Whatever the twin fails with, this switch has answered and is as it was. */
  @Test
  void whatTheTwinIsRefusedWithIsTold() {
    PortClaim other = new PortClaim("tor-2", "p7", 100);
    Change twin = new Change(Verb.EXPECT, "a", other, time.now(), PATIENCE, pairing.second());
    LockHeld held = new LockHeld("held by session 7");
    meanwhile.add(() -> twin.failed(new Failure(Failure.Kind.UNAVAILABLE, "is locked", held)));
    assertDisagreed("VLAN 100 on port p7 of tor-2, of a pair: is locked", confirm(change));
    Failure why = pairing.first().refusal().orElseThrow();
    assertTrue(LockHeld.isBehind(why));
    assertTrue(!change.outlives(why));
  }

  @Test
  void aTwinWhoseSwitchIsAwayIsNotWaitedFor() {
    Change twin = change("a", PATIENCE, pairing.second());
    meanwhile.add(() -> twin.failed(new Failure(Failure.Kind.UNAVAILABLE, "no answer")));
    assertEquals(Optional.empty(), confirm(change));
  }

  /** Its switch has no two halves. */
  @Test
  void aTwinThatIsMadeIsNotWaitedFor() {
    meanwhile.add(change("a", PATIENCE, pairing.second())::done);
    assertEquals(Optional.empty(), confirm(change));
    assertTook(Duration.ZERO);
  }

  @Test
  void aSilentTwinIsWaitedForForFiveSeconds() {
    waits(Duration.ofSeconds(5));
    assertEquals(Optional.empty(), confirm(change));
    pairing.second().refuse(new Failure(Failure.Kind.INVALID, "too late"));
    assertEquals(Optional.empty(), pairing.second().refusal());
    assertTook(Duration.ofSeconds(5));
  }

  @Test
  void aSwitchThatUndoesSoonIsNotKeptWaitingSoLong() {
    waits(Duration.ofMillis(300));
    assertEquals(Optional.empty(), confirm(Duration.ofMillis(300), change));
    assertTook(Duration.ofMillis(300));
  }

  @Test
  void neitherIsMadeIfNobodyWaitsAnyMore() {
    Change hasty = change("a", Duration.ofSeconds(1), pairing.first());
    waits(Duration.ofSeconds(1));
    assertDisagreed("not ready in time", confirm(hasty));
    assertTook(Duration.ofSeconds(1));
    Failure why = pairing.second().refusal().orElseThrow();
    assertEquals(Failure.Kind.TIMEOUT, why.kind());
    assertTrue(!hasty.outlives(why));
  }

  @Test
  void whatIsPutOffIsMadeWithoutItsTwin() {
    Change hasty = change("a", Duration.ofSeconds(1), pairing.first());
    hasty.putOff();
    waits(Duration.ofSeconds(1));
    assertEquals(Optional.empty(), confirm(hasty));
  }

  /** So that what is left is made anew once. */
  @Test
  void allAreDecidedBeforeOneIsTakenOut() {
    Pairing another = new Pairing();
    Change other = change("b", PATIENCE, another.first());
    meanwhile.add(() -> pairing.second().refuse(new Failure(Failure.Kind.INVALID, "not that")));
    meanwhile.add(() -> another.second().ready());
    assertDisagreed("not that", confirm(change, other, change("c", PATIENCE, Pairing.NONE)));
    assertTrue(!another.first().isOpen());
    assertEquals(Optional.empty(), another.first().refusal());
  }

  /** As when the shim ends: the switch has not been told, and undoes it. */
  @Test
  void whoIsInterruptedConfirmsNothing() {
    Agreement stopped =
        new Agreement(
            "tor-1",
            latch -> {
              throw new InterruptedException();
            },
            time);
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                stopped.making(
                    List.of(change),
                    () -> {
                      stopped.confirms(CONFIRMATION);
                      return "";
                    }));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Thread.interrupted());
    assertTook(Duration.ZERO);
  }
}
