package io.patchbay.mesh.policy;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.text.ParseException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A server of the Open Policy Agent, asked by its REST API (Data API, "Get a Document with Input").
 * Whatever it does but answer {@code {"result": true}} in time is a no. Safe for all threads.
 */
final class OpaServer implements AutoCloseable {
  private static final int ANSWER_BYTES_MAX = 64 * 1024;
  private static final int ASKED_AT_ONCE_MAX = 64;
  private static final String DATA = "/v1/data/";
  private static final String DECISION = "nsm/valid";

  private final URI url;
  private final Duration patience;
  private final HttpClient client;
  private final Semaphore places = new Semaphore(ASKED_AT_ONCE_MAX);

  /**
   * @param url its address; with a path, the document to ask for where no policy file names one
   * @param patience how long one answer may take
   */
  OpaServer(URI url, Duration patience) {
    if (url.getHost() == null
        || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
      throw new Failure(
          Failure.Kind.INVALID,
          "'" + url + "' is not the address of an OPA server; write http://opa:8181");
    }
    this.url = url;
    this.patience = patience;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience)
            .build();
  }

  /** The policy of upstream's name, {@code data.nsm.valid}, or the one that the address names. */
  Policy decision() {
    String path = url.getPath();
    return path == null || path.isEmpty() || path.equals("/")
        ? decision(DATA + DECISION)
        : decision(path);
  }

  /**
   * The rule {@code valid} of a package.
   *
   * @param name as Rego writes it: {@code nsm.site}
   */
  Policy decisionOf(String name) {
    return decision(DATA + name.replace('.', '/') + "/valid");
  }

  private Policy decision(String path) {
    return new Decision(url.resolve(path));
  }

  private final class Decision implements Policy {
    private final URI document;

    Decision(URI document) {
      this.document = document;
    }

    @Override
    public String name() {
      return "OPA at " + document;
    }

    @Override
    public Optional<String> objection(Access access) {
      return result(ask(document, Json.write(Map.of("input", access.input()))))
          ? Optional.empty()
          : Optional.of("the answer is not true");
    }
  }

  private boolean result(HttpResponse<String> answer) {
    if (answer.statusCode() != 200) {
      throw undecided(answer.uri(), "HTTP status " + answer.statusCode());
    }
    try {
      // An undefined document is an answer without a result.
      @Nullable Map<String, Object> body =
          JSONObjectUtils.parse(answer.body(), ANSWER_BYTES_MAX); // null for the JSON null
      return body != null && Boolean.TRUE.equals(body.get("result"));
    } catch (ParseException e) {
      throw undecided(answer.uri(), "the answer is not a JSON object");
    }
  }

  private HttpResponse<String> ask(URI document, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(document)
            .header("Content-Type", "application/json")
            .timeout(patience)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      if (!places.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw undecided(document, ASKED_AT_ONCE_MAX + " questions wait for an answer already");
      }
      try {
        return answer(request);
      } finally {
        places.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw undecided(document, "interrupted");
    }
  }

  private HttpResponse<String> answer(HttpRequest request) throws InterruptedException {
    // The request's own timeout ends with the answer's headers; a body may drip for ever.
    Future<HttpResponse<String>> answer =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), ANSWER_BYTES_MAX));
    try {
      return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw undecided(request.uri(), "no answer within " + patience.toMillis() + " ms");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw undecided(
          request.uri(), cause instanceof IOException ? Failure.text(cause) : cause.toString());
    } finally {
      answer.cancel(true);
    }
  }

  private static Failure undecided(URI document, String why) {
    return new Failure(
        Failure.Kind.UNAVAILABLE,
        Policies.REFUSAL + ": OPA at " + document + " did not decide: " + why);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
