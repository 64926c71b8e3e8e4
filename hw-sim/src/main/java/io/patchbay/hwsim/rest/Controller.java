package io.patchbay.hwsim.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A controller of simulated switches: an HTTP server that keeps {@code
 * docs/switch-controller-v1.yaml}, and departs from it as it is told. Safe for all threads.
 */
public final class Controller implements AutoCloseable {
  private static final int BODY_BYTES_MAX = 1 << 20;
  private static final Logger log = LoggerFactory.getLogger(Controller.class);

  /** Answers go out in two writes, which are not to wait for each other. */
  static {
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
  }

  private final HttpServer server;
  private final String token;
  private final Map<String, RestService> switches = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("controller-", 0).factory());
  private final AtomicReference<Trouble> next = new AtomicReference<>(Trouble.NONE);
  private final AtomicReference<Runnable> late = new AtomicReference<>(() -> {});
  private volatile Consumer<Exchange> witness = exchange -> {};
  private volatile UnaryOperator<String> tampering = answer -> answer;

  private Controller(HttpServer server, String token) {
    this.server = server;
    this.token = token;
  }

  /**
   * Serves from now on, on a free port of loopback.
   *
   * @param token the one that opens it; empty where a certificate does
   * @param security what it shows and whom it believes; whoever has no certificate of theirs is let
   *     in only where there is a token; empty for plain HTTP
   */
  public static Controller start(String token, Optional<SSLContext> security) {
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    try {
      HttpServer server =
          security.isEmpty() ? HttpServer.create(any, 0) : secured(any, token, security.get());
      Controller controller = new Controller(server, token);
      server.setExecutor(controller.threads);
      server.createContext("/", controller::answer);
      server.start();
      return controller;
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot serve on " + any + ": " + Failure.text(e), e);
    }
  }

  private static HttpServer secured(InetSocketAddress address, String token, SSLContext security)
      throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(security) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters mutual = getSSLContext().getDefaultSSLParameters();
            mutual.setNeedClientAuth(token.isEmpty());
            parameters.setSSLParameters(mutual);
          }
        });
    return server;
  }

  /** Where it serves. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Knows a switch by a name from now on, in place of the one that had it. */
  public void put(String name, RestService service) {
    switches.put(name, service);
  }

  /** Takes the next change like that. */
  public void next(Trouble trouble) {
    next.set(trouble);
  }

  /** Shows every exchange that has an answer to somebody, on the server's threads. */
  public void watch(Consumer<Exchange> witness) {
    this.witness = witness;
  }

  /** Changes the bodies of answers on their way. */
  public void tamper(UnaryOperator<String> tampering) {
    this.tampering = tampering;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] read = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
      String body = new String(read, StandardCharsets.UTF_8);
      Optional<Answer> answer;
      try {
        checkLetIn(exchange);
        if (read.length > BODY_BYTES_MAX) {
          throw new Refused(413, "too-large", "more than " + BODY_BYTES_MAX + " octets");
        }
        answer = routed(exchange, body);
      } catch (Refused e) {
        answer = Optional.of(e.answer());
      }
      if (answer.isPresent()) { // else it hangs up
        tell(exchange, body, answer.get());
      }
    }
  }

  private void checkLetIn(HttpExchange exchange) {
    String given =
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
    boolean known =
        MessageDigest.isEqual(
            given.getBytes(StandardCharsets.UTF_8),
            ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
    if (!token.isEmpty() && !known) {
      throw new Refused(401, "unauthenticated", "no such token as '" + given + "'");
    }
  }

  private Optional<Answer> routed(HttpExchange exchange, String body) {
    String path = exchange.getRequestURI().getRawPath();
    int version = path.indexOf("/v1/switches/");
    String[] steps = version < 0 ? new String[0] : path.substring(version + 1).split("/", -1);
    if (steps.length < 4) {
      throw new Refused(404, "no-such-switch", "there is nothing at " + path);
    }
    RestService service = switches.get(URLDecoder.decode(steps[2], StandardCharsets.UTF_8));
    if (service == null) {
      throw new Refused(404, "no-such-switch", "no switch '" + steps[2] + "'");
    }
    return switch (exchange.getRequestMethod() + " " + steps[3] + " " + steps.length) {
      case "GET ports 4" -> Optional.of(service.ports());
      case "POST ports 4" -> change(service, exchange.getRequestHeaders(), body);
      case "GET transactions 5" -> Optional.of(service.transaction(steps[4]));
      default -> throw Refused.malformed("no such operation");
    };
  }

  private Optional<Answer> change(RestService service, Headers headers, String text) {
    JsonNode body = parsed(text);
    String id = Optional.ofNullable(headers.getFirst("Idempotency-Key")).orElse("");
    String ifMatch = Optional.ofNullable(headers.getFirst("If-Match")).orElse("");
    return switch (next.getAndSet(Trouble.NONE)) {
      case NONE -> {
        late.getAndSet(() -> {}).run();
        yield Optional.of(service.change(id, ifMatch, body));
      }
      case REFUSAL_AFTER_APPLYING -> {
        var unused = service.change(id, ifMatch, body);
        throw new Refused(422, "refused", "something is wrong");
      }
      case ERROR_AFTER_APPLYING -> {
        var unused = service.change(id, ifMatch, body);
        throw new Refused(500, "internal", "something is wrong");
      }
      case SUCCESS_WITHOUT_APPLYING -> Optional.of(committed(id));
      case HALF -> {
        ObjectNode half = JsonNodeFactory.instance.objectNode();
        ArrayNode first = half.putArray("ports").add(body.path("ports").get(0));
        var unused = service.change(id, ifMatch, half);
        yield Optional.of(committed(id));
      }
      case SILENCE -> Optional.empty();
      case SILENCE_AFTER_APPLYING -> {
        var unused = service.change(id, ifMatch, body);
        yield Optional.empty();
      }
      case OBLIVION_AFTER_APPLYING -> {
        var unused = service.change(id, ifMatch, body);
        service.forget();
        yield Optional.empty();
      }
      case LATE -> {
        late.set(() -> makeForNobody(service, id, ifMatch, body));
        yield Optional.empty();
      }
      case REFUSAL -> throw new Refused(422, "refused", "the switch will not have it");
      case BUSY -> throw new Refused(429, "busy", "too many requests");
      case UNREACHABLE -> throw new Refused(503, "unreachable", "the switch does not answer");
    };
  }

  private static void makeForNobody(RestService service, String id, String ifMatch, JsonNode body) {
    try {
      var unused = service.change(id, ifMatch, body);
    } catch (Refused e) {
      log.debug("a change that came late is refused: {}", Failure.text(e));
    }
  }

  private static Answer committed(String id) {
    return Answer.ok(JsonNodeFactory.instance.objectNode().put("id", id).put("state", "committed"));
  }

  private static JsonNode parsed(String text) {
    try {
      return Json.read(text, JsonNode.class);
    } catch (Failure e) {
      throw Refused.malformed("the body is no JSON");
    }
  }

  private void tell(HttpExchange exchange, String body, Answer answer) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set(
        "Content-Type", answer.isProblem() ? "application/problem+json" : "application/json");
    headers.set("Cache-Control", "no-store");
    if (!answer.etag().isEmpty()) {
      headers.set("ETag", answer.etag());
    }
    String text = tampering.apply(Json.write(answer.body()));
    witness.accept(
        new Exchange(
            exchange.getRequestMethod(),
            exchange.getRequestURI().getRawPath(),
            lowerCase(exchange.getRequestHeaders()),
            body,
            answer.status(),
            lowerCase(headers),
            text));
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static Map<String, List<String>> lowerCase(Headers headers) {
    Map<String, List<String>> lower = new TreeMap<>();
    headers.forEach((name, values) -> lower.put(name.toLowerCase(Locale.ROOT), values));
    return lower;
  }
}
