package io.patchbay.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Url;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final MetricsServer server =
      MetricsServer.start(Url.parse("tcp://127.0.0.1:0"), registry);
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    server.close();
    client.close();
  }

  private HttpResponse<String> ask(String method, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(10))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private void register(Callable<Double> value) {
    var unused =
        GaugeWithCallback.builder()
            .name("answer")
            .help("Of everything.")
            .callback(callback -> {
              try {
                callback.call(value.call());
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            })
            .register(registry);
  }

  @Test
  void servesItsRegistryAndNothingElse() throws IOException, InterruptedException {
    register(() -> 42.0);
    HttpResponse<String> answer = ask("GET", "/metrics");
    assertEquals(200, answer.statusCode());
    assertTrue(answer.body().lines().anyMatch("answer 42.0"::equals), answer.body());
    Optional<String> type = answer.headers().firstValue("Content-Type");
    assertTrue(type.orElse("").startsWith("text/plain; version=0.0.4"), type.toString());
    assertEquals(404, ask("GET", "/metricsandmore").statusCode());
    assertEquals(404, ask("GET", "/").statusCode());
    assertEquals(405, ask("POST", "/metrics").statusCode());
  }

  @Test
  void aPortThatIsTakenIsSaid() {
    Url taken = Url.parse("tcp://127.0.0.1:" + server.port());
    Failure refused = assertThrows(Failure.class, () -> MetricsServer.start(taken, registry));
    assertEquals(Failure.Kind.CONFLICT, refused.kind());
  }

  /** Four scrapes hang on a number that does not come; whoever else asks is told to come again. */
  @Test
  void whoScrapesAsTheFifthIsToldToComeAgain() throws Exception {
    CountDownLatch four = new CountDownLatch(4);
    CountDownLatch go = new CountDownLatch(1);
    register(() -> {
      four.countDown();
      go.await();
      return 1.0;
    });
    List<Future<Integer>> scrapes = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 4; i++) {
        scrapes.add(threads.submit(() -> ask("GET", "/metrics").statusCode()));
      }
      four.await();
      assertEquals(503, ask("GET", "/metrics").statusCode());
      go.countDown();
    }
    for (Future<Integer> scrape : scrapes) {
      assertEquals(200, scrape.resultNow());
    }
  }

  @Test
  void isOffUnlessAskedFor() throws InterruptedException {
    Map<String, String> environment = Map.of("NSM_PROMETHEUS_LISTEN_ON", "127.0.0.1:0");
    MetricsConfig off = Environment.read(MetricsConfig.class, environment);
    assertTrue(off.open(() -> registry, new FakeTime()).isEmpty());
    MetricsConfig on = new MetricsConfig(true, off.listenOn());
    try (MetricsDoor door = on.open(() -> registry, new FakeTime()).orElseThrow()) {
      assertFalse(door.server().isEmpty());
    }
  }
}
