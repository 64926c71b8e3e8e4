package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.linux.VfTraffic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TrafficReaderTest {
  private final FakeTime time = new FakeTime();
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch awake = new CountDownLatch(1);
  private final TrafficReader reader = new TrafficReader(this::read, time);

  static VfTraffic traffic(int vf, long packets) {
    return new VfTraffic(
        vf, new VfTraffic.Count(packets, 0, 0), new VfTraffic.Count(0, 0, 0), 0, 0);
  }

  private List<VfTraffic> read(String pf) {
    try {
      switch (pf) {
        case "hangs" -> awake.await();
        case "fails" -> throw new Failure(Failure.Kind.UNAVAILABLE, "no such PF");
        default -> asked.incrementAndGet();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return List.of(traffic(0, asked.get()));
  }

  private void eventually(Map<String, List<VfTraffic>> wanted) {
    Await.until("read", Duration.ofSeconds(10), () -> reader.of(wanted.keySet()).equals(wanted));
  }

  @Test
  void aPfIsAskedRarely() {
    eventually(Map.of("pf0", List.of(traffic(0, 1))));
    time.advance(TrafficReader.FRESH.minusMillis(1));
    eventually(Map.of("pf0", List.of(traffic(0, 1))));
    time.advance(Duration.ofMillis(1));
    eventually(Map.of("pf0", List.of(traffic(0, 2))));
    assertEquals(2, asked.get());
  }

  @Test
  void oneThatHangsOrFailsHoldsUpNobody() {
    var unused = reader.of(Set.of("hangs", "fails", "pf0"));
    eventuallyAll(Map.of("fails", List.of(), "pf0", List.of(traffic(0, 1))));
    awake.countDown();
    eventuallyAll(
        Map.of("fails", List.of(), "pf0", List.of(traffic(0, 1)), "hangs", List.of(traffic(0, 1))));
  }

  private void eventuallyAll(Map<String, List<VfTraffic>> wanted) {
    Set<String> all = Set.of("hangs", "fails", "pf0");
    Await.until("read", Duration.ofSeconds(10), () -> reader.of(all).equals(wanted));
  }

  @Test
  void aPfThatHasGoneIsForgotten() {
    eventually(Map.of("pf0", List.of(traffic(0, 1))));
    assertEquals(Map.of(), reader.of(Set.of()));
    eventually(Map.of("pf0", List.of(traffic(0, 2)))); // asked anew, though no time has passed
  }
}
