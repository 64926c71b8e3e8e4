package io.patchbay.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** Answers {@code GET /metrics} in Prometheus' text format, over plain HTTP. */
public final class MetricsServer implements AutoCloseable {
  /** More scrapes at a time than this are told to come again. */
  private static final int AT_ONCE = 4;

  /** The JDK's server has no bounds of its own; these are its properties for them. */
  static {
    bound("jdk.httpserver.maxConnections", "64");
    bound("sun.net.httpserver.maxReqTime", "5"); // seconds for a request to arrive
    bound("sun.net.httpserver.maxRspTime", "30"); // and for its answer to be taken
  }

  private static final PrometheusTextFormatWriter FORMAT = PrometheusTextFormatWriter.create();

  private final PrometheusRegistry registry;
  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("metrics-", 0).factory());
  private final Semaphore places = new Semaphore(AT_ONCE);

  private MetricsServer(HttpServer server, PrometheusRegistry registry) {
    this.server = server;
    this.registry = registry;
  }

  private static void bound(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /**
   * Serves from now on. Throws {@link Failure} of kind CONFLICT when the port is taken.
   *
   * @param address of {@code tcp}; without a host it is every address of the node, port 0 is any
   */
  public static MetricsServer start(Url address, PrometheusRegistry registry) {
    InetSocketAddress place =
        address.host().isEmpty()
            ? new InetSocketAddress(address.port())
            : new InetSocketAddress(address.host(), address.port());
    try {
      MetricsServer metrics = new MetricsServer(HttpServer.create(place, 0), registry);
      metrics.server.setExecutor(metrics.threads);
      metrics.server.createContext("/metrics", metrics::answer);
      metrics.server.start();
      return metrics;
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.CONFLICT, "cannot serve metrics on " + address + ": " + Failure.text(e), e);
    }
  }

  /** Where it serves. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().equals("/metrics")) {
        exchange.sendResponseHeaders(404, -1);
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
      } else if (!places.tryAcquire()) {
        exchange.sendResponseHeaders(503, -1);
      } else {
        try {
          tell(exchange);
        } finally {
          places.release();
        }
      }
    }
  }

  private void tell(HttpExchange exchange) throws IOException {
    byte[] text = text(registry).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", FORMAT.getContentType());
    exchange.sendResponseHeaders(200, text.length);
    exchange.getResponseBody().write(text);
  }

  /** What a scrape of these numbers gives now. */
  public static String text(PrometheusRegistry registry) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      FORMAT.write(text, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // to memory: it cannot be
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
