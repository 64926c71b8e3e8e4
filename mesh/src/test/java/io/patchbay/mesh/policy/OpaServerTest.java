package io.patchbay.mesh.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that answers, does not, or says something else. */
class OpaServerTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer server;
  private OpaServer opa;
  private volatile Handler handler = exchange -> answer(exchange, 200, "{\"result\": true}");
  private volatile String asked = "";
  private volatile String path = "";

  private interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  private static final Access ACCESS =
      Access.ToConnection.asked(Signed.path(1, List.of("t0", "t1")), Optional.empty());

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          path = exchange.getRequestMethod() + " " + exchange.getRequestURI();
          handler.handle(exchange);
        });
    server.start();
    opa = server(Duration.ofSeconds(10));
  }

  private OpaServer server(Duration patience) {
    return new OpaServer(URI.create("http://127.0.0.1:" + server.getAddress().getPort()), patience);
  }

  @AfterEach
  void stop() {
    end.countDown();
    opa.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  private void answering(int status, String body) {
    handler = exchange -> answer(exchange, status, body);
  }

  private Failure undecided(OpaServer by) {
    Failure failure =
        assertThrows(Failure.class, () -> new Policies(List.of(by.decision())).check(ACCESS));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(
        Failure.text(failure).startsWith("no sufficient privileges: OPA at http://127.0.0.1:"),
        Failure.text(failure));
    return failure;
  }

  @Test
  @SuppressWarnings("unchecked")
  void whatIsTrueIsAllowedAndTheInputIsTheContracts() {
    assertEquals(Optional.empty(), opa.decision().objection(ACCESS));
    assertEquals("POST /v1/data/nsm/valid", path);
    Map<String, Object> input = (Map<String, Object>) Json.read(asked, Map.class).get("input");
    assertEquals(1, input.get("index"));
    assertEquals(Map.of("certificate", ""), input.get("auth_info"));
    assertEquals(
        Map.of(
            "name", "hop-0",
            "id", "id-0",
            "token", "t0",
            "expires", Map.of("seconds", 0, "nanos", 0),
            "metrics", Map.of()),
        ((List<Object>) input.get("path_segments")).getFirst());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"result\": false}",
        "null",
        "{}",
        "{\"result\": \"true\"}",
        "{\"result\": [true]}",
        "{\"result\": {\"valid\": true}}"
      })
  void whateverIsNotTrueIsRefused(String body) {
    answering(200, body);
    Failure failure =
        assertThrows(Failure.class, () -> new Policies(List.of(opa.decision())).check(ACCESS));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(Failure.text(failure).endsWith("the answer is not true"), Failure.text(failure));
  }

  @Test
  void aServerInTroubleDecidesNothing() {
    answering(500, "{\"result\": true}");
    assertTrue(Failure.text(undecided(opa)).contains("HTTP status 500"));
    answering(302, "{\"result\": true}");
    assertTrue(Failure.text(undecided(opa)).contains("HTTP status 302"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "true", "[true]", "{\"result\": true", "<html>"})
  void garbageDecidesNothing(String body) {
    answering(200, body);
    assertTrue(Failure.text(undecided(opa)).contains("not a JSON object"));
  }

  @Test
  void anAnswerWithoutAnEndIsCutOff() {
    handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] some = " ".repeat(1024).getBytes(StandardCharsets.UTF_8);
          for (int i = 0; i < 1024; i++) {
            exchange.getResponseBody().write(some);
          }
          exchange.close();
        };
    undecided(opa);
  }

  @Test
  void aServerThatIsAwayDecidesNothing() {
    server.stop(0);
    undecided(opa);
  }

  @Test
  void aServerThatDoesNotAnswerInTimeDecidesNothing() {
    handler = exchange -> stall();
    try (OpaServer impatient = server(Duration.ofMillis(50))) {
      undecided(impatient);
    }
  }

  @Test
  void aBodyThatDoesNotEndInTimeDecidesNothing() {
    handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          stall();
        };
    try (OpaServer impatient = server(Duration.ofMillis(300))) {
      assertTrue(Failure.text(undecided(impatient)).contains("no answer within 300 ms"));
    }
  }

  private void stall() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"opa:8181", "ftp://opa", "http:///x", "unix:///run/opa.sock"})
  void anAddressMustBeHttp(String url) {
    Failure failure =
        assertThrows(Failure.class, () -> new OpaServer(URI.create(url), Duration.ofSeconds(1)));
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }
}
