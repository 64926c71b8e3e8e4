package io.patchbay.mesh.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** One at a time for each name. */
class TurnsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private final Turns turns = new Turns();

  @Test
  void aNameWaitsForItselfAloneAndIsForgotten() throws ExecutionException, InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> first =
          threads.submit(() ->
              turns.take(
                  "a",
                  LONG,
                  () -> {
                    begun.countDown();
                    await(end);
                    return "first";
                  }));
      await(begun);
      assertEquals("other", turns.take("b", Duration.ZERO, () -> "other"));
      Failure failure =
          assertThrows(Failure.class, () -> turns.take("a", Duration.ofMillis(1), () -> "second"));
      assertEquals(Failure.Kind.TIMEOUT, failure.kind());
      end.countDown();
      assertEquals("first", first.get());
      assertEquals("third", turns.take("a", LONG, () -> "third"));
    }
    assertEquals(0, turns.size());
  }

  @Test
  void manyOfOneNameNeverMeet() throws ExecutionException, InterruptedException {
    int[] counted = {0};
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        all.add(
            threads.submit(() ->
                turns.take(
                    "a",
                    LONG,
                    () -> {
                      int before = counted[0];
                      Thread.yield();
                      return counted[0] = before + 1;
                    })));
      }
      for (Future<Integer> each : all) {
        each.get();
      }
    }
    assertEquals(500, counted[0]);
    assertEquals(0, turns.size());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
