package io.patchbay.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Url;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MetricsDoorTest {
  private final FakeTime time = new FakeTime();
  private final AtomicInteger attempts = new AtomicInteger();

  private MetricsDoor open(int port) {
    Url address = Url.parse("tcp://127.0.0.1:" + port);
    return MetricsDoor.open(
        () -> {
          attempts.incrementAndGet();
          return MetricsServer.start(address, new PrometheusRegistry());
        },
        time);
  }

  @Test
  void aPortThatIsTakenIsTriedAgainUntilItIsFree() throws IOException, InterruptedException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      int port = other.getLocalPort();
      try (MetricsDoor door = open(port)) {
        assertTrue(door.server().isEmpty());
        Await.until("second attempt", Duration.ofSeconds(10), () -> attemptsAfterAPause() >= 2);
        assertTrue(door.server().isEmpty());
        other.close();
        Await.until(
            "served",
            Duration.ofSeconds(10),
            () -> attemptsAfterAPause() > 2 && door.server().isPresent());
        assertEquals(port, door.server().orElseThrow().port());
      }
    }
  }

  private int attemptsAfterAPause() {
    time.advance(Duration.ofMinutes(1));
    return attempts.get();
  }

  @Test
  void endsWhileItStillWaits() throws IOException, InterruptedException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      open(other.getLocalPort()).close();
    }
    assertEquals(1, attempts.get());
  }
}
