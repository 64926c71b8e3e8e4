package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Url;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LateClosesTest {
  private static final Url HOP = Url.parse("unix:///hop.sock");
  private static final Duration LIFE = Duration.ofMinutes(10);

  private final FakeTime time = new FakeTime();
  private final LateCloses late = new LateCloses(time);
  private int told;
  private Optional<Failure.Kind> trouble = Optional.empty();

  private void tell() {
    told++;
    trouble.ifPresent(kind -> {
      throw new Failure(kind, "not now");
    });
  }

  private void later(String id) {
    late.later(id, HOP, time.now().plus(LIFE), this::tell);
  }

  @ParameterizedTest
  @EnumSource(
      value = Failure.Kind.class,
      names = {"UNAVAILABLE", "TIMEOUT"})
  void aHopThatIsAwayIsToldUntilItHears(Failure.Kind away) {
    trouble = Optional.of(away);
    later("c");
    time.advance(Duration.ofMinutes(1));
    trouble = Optional.empty();
    int before = told;
    time.advance(Duration.ofMinutes(1));
    assertEquals(before + 1, told);
    assertEquals(Optional.empty(), late.awaited("c"));
    assertEquals(0, time.pending());
  }

  @Test
  void aRefusalEndsIt() {
    trouble = Optional.of(Failure.Kind.DENIED);
    later("c");
    time.advance(LIFE);
    assertEquals(1, told);
    assertEquals(Optional.empty(), late.awaited("c"));
  }

  @Test
  void itEndsWithTheToken() {
    trouble = Optional.of(Failure.Kind.UNAVAILABLE);
    later("c");
    time.advance(LIFE.plusMinutes(1));
    int last = told;
    time.advance(LIFE);
    assertEquals(last, told);
    assertEquals(0, time.pending());
  }

  @Test
  void whatIsWantedAgainIsNotClosed() {
    later("c");
    assertEquals(Optional.of(HOP), late.awaited("c"));
    late.forget("c");
    time.advance(LIFE);
    assertEquals(0, told);
  }

  @Test
  void theNewerOneOfAnIdIsTold() {
    late.later("c", HOP, time.now().plus(LIFE), () -> told += 100);
    later("c");
    time.advance(LIFE);
    assertEquals(1, told);
  }

  @Test
  void noMoreThanTheMostWait() {
    for (int i = 0; i <= LateCloses.MOST; i++) {
      later("c" + i);
    }
    time.advance(LIFE);
    assertEquals(LateCloses.MOST, told);
  }
}
