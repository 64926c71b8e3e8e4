package io.patchbay.deviceplugin.dra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PoolPublisherTest {
  private final FakeTime time = new FakeTime();
  private final List<Integer> published = new CopyOnWriteArrayList<>();
  private volatile boolean away;
  private final PoolPublisher publisher =
      new PoolPublisher("sriov.example.com", "node-1", new Recorder(), time);

  private final class Recorder implements Cluster {
    @Override
    public Optional<AllocatedClaim> find(String namespace, String name) {
      return Optional.empty();
    }

    @Override
    public void publish(Pool pool) {
      published.add(pool.size());
      if (away) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "the API server: away");
      }
    }

    @Override
    public void close() {}
  }

  @AfterEach
  void close() throws InterruptedException {
    publisher.close();
  }

  private void offer(int functions) {
    publisher.offer(
        java.util.stream.IntStream.range(0, functions)
            .mapToObj(n ->
                VirtualFunction.newBuilder()
                    .setPciAddress("0000:3b:01." + n)
                    .addResourceNames("example.com/100g")
                    .build())
            .toList());
  }

  private static void eventually(BooleanSupplier condition) {
    Await.until("published", Duration.ofSeconds(10), condition);
  }

  private static boolean never(BooleanSupplier condition) {
    return !Await.comesTrue(Duration.ofMillis(50), condition);
  }

  /** An empty pool would have the scheduler believe that there is nothing. */
  @Test
  void nothingIsSaidBeforeItIsKnown() {
    publisher.start();
    assertTrue(never(() -> !published.isEmpty()));
  }

  @Test
  void changesAreToldTogetherAtMostEveryTwoSeconds() {
    offer(1);
    publisher.start();
    eventually(() -> published.equals(List.of(1)));
    offer(2);
    offer(3);
    assertTrue(never(() -> published.size() > 1));
    eventually(() -> {
      time.advance(Duration.ofSeconds(2));
      return published.equals(List.of(1, 3));
    });
  }

  @Test
  void whatIsRefusedIsTriedAgain() {
    away = true;
    offer(1);
    publisher.start();
    eventually(() -> {
      time.advance(Duration.ofMinutes(1));
      return published.size() > 3;
    });
    assertEquals(Set.of(1), Set.copyOf(published));
  }
}
