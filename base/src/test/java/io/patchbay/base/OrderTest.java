package io.patchbay.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens in which order: closing, timers, retries. */
class OrderTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aStackClosesNewestFirstWhicheverCloseFails(int failing) {
    List<Integer> closed = new ArrayList<>();
    Stack stack = new Stack();
    for (int i = 0; i < 3; i++) {
      int id = i;
      stack.push(() -> {
        closed.add(id);
        if (id == failing) {
          throw new IllegalStateException("close " + id);
        }
      });
    }
    assertThrows(IllegalStateException.class, stack::close);
    assertEquals(List.of(2, 1, 0), closed);
    stack.close();
    assertEquals(3, closed.size());
  }

  @Test
  void allFailuresOfAStackAreTold() {
    Stack stack = new Stack();
    stack.push(() -> {
      throw new IllegalStateException("first opened");
    });
    stack.push(() -> {
      throw new IllegalStateException("last opened");
    });
    Exception e = assertThrows(IllegalStateException.class, stack::close);
    assertEquals("last opened", e.getMessage());
    assertEquals("first opened", e.getSuppressed()[0].getMessage());
  }

  @Test
  void whatCannotBeMadeGivesBackWhatItOpened() {
    Failure cause = new Failure(Failure.Kind.INVALID, "cannot be made");
    Failure e =
        assertThrows(
            Failure.class,
            () ->
                Stack.building(stack -> {
                  stack.push(() -> {
                    throw new IllegalStateException("closed");
                  });
                  throw cause;
                }));
    assertSame(cause, e);
    assertEquals("closed", e.getSuppressed()[0].getMessage());
  }

  @Test
  void fakeTimersRunInOrderOfTheirDueTimeUnlessCancelled() {
    FakeTime time = new FakeTime();
    List<String> ran = new ArrayList<>();
    time.schedule(Duration.ofSeconds(2), () -> ran.add("two"));
    time.schedule(
        Duration.ofSeconds(1),
        () -> time.schedule(Duration.ofMillis(500), () -> ran.add("one and a half")));
    time.schedule(Duration.ofSeconds(1), () -> ran.add("never")).cancel();
    time.advance(Duration.ofSeconds(3));
    assertEquals(List.of("one and a half", "two"), ran);
    assertEquals(0, time.pending());
  }

  @Test
  void backoffGrowsToItsBoundAndIsJittered() {
    Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    for (int failures = 1; failures < 100; failures++) {
      long most = Math.min(5000, 100L << Math.min(failures - 1, 20));
      long pause = backoff.pause(failures).toMillis();
      assertTrue(pause >= most / 2 && pause <= most, failures + ": " + pause);
    }
  }
}
