package io.patchbay.torshims.rest;

import io.patchbay.base.Failure;
import io.patchbay.torshims.RestAccess;
import io.patchbay.torshims.Secrets;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.TlsFiles;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The way to a controller: one connection of HTTP/1.1, with TLS unless the entry says otherwise,
 * without proxies and redirects. Token and PEM files are read before each request; other PEM files
 * than before are a new connection. One thread at a time.
 */
final class RestDoor implements AutoCloseable {
  private static final int ANSWER_BYTES_MAX = 4 << 20;

  /** What a token is made of (RFC 6750 section 2.1). */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]{1,8192}=*");

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final SwitchEntry entry;
  private final RestAccess access;
  private final Runnable permission;
  private @Nullable HttpClient client;
  private Optional<TlsFiles> used = Optional.empty();

  /** The one that was sent last. */
  private Optional<String> token = Optional.empty();

  /**
   * What came back; {@code etag} is empty where there was none. A controller may have repeated the
   * token in it: what people are to read goes through {@link #redacted}.
   */
  record Answer(int status, String etag, String body) {}

  /**
   * Connects when it is first used.
   *
   * @param permission is run before each request; if it throws, there is none
   */
  RestDoor(SwitchEntry entry, RestAccess access, Runnable permission) {
    this.entry = entry;
    this.access = access;
    this.permission = permission;
  }

  /** A request to a path below the controller's base path. */
  HttpRequest.Builder request(String path) {
    String host = entry.host().indexOf(':') < 0 ? entry.host() : "[" + entry.host() + "]";
    String scheme = access.secured() ? "https" : "http";
    return HttpRequest.newBuilder(
            URI.create(scheme + "://" + host + ":" + entry.port() + access.basePath() + path))
        .header("Accept", "application/json, application/problem+json");
  }

  /** The body of a request. */
  static HttpRequest.BodyPublisher json(String text) {
    return BodyPublishers.ofString(text, StandardCharsets.UTF_8);
  }

  /**
   * Asks, within the entry's deadline. Throws {@link Failure}: TIMEOUT; UNAVAILABLE when the
   * controller cannot be reached, hangs up or says too much, or a file cannot be read; INVALID for
   * a file that holds something else than it should.
   */
  Answer send(HttpRequest.Builder request) {
    permission.run();
    HttpClient open = client();
    token = token();
    token.ifPresent(word -> request.header("Authorization", "Bearer " + word));
    Duration deadline = entry.deadlines().answer();
    Future<HttpResponse<String>> answer =
        open.sendAsync(
            request.build(), BodyHandlers.limiting(BodyHandlers.ofString(), ANSWER_BYTES_MAX));
    try {
      HttpResponse<String> response = answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      return new Answer(
          response.statusCode(), response.headers().firstValue("ETag").orElse(""), response.body());
    } catch (TimeoutException e) {
      throw new Failure(
          Failure.Kind.TIMEOUT, entry.who() + ": no answer in " + deadline.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw broken(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": interrupted in a wait", e);
    } finally {
      answer.cancel(true);
    }
  }

  /** A text of the controller's without the token; as it is read, since JSON has many spellings. */
  String redacted(String text) {
    return token.map(word -> text.replace(word, "[token]")).orElse(text);
  }

  private Failure broken(Throwable cause) {
    return switch (cause) {
      case ConnectException e ->
          new Failure(
              Failure.Kind.UNAVAILABLE,
              entry.who() + " cannot be reached: nobody listens there (" + Failure.text(e) + ")",
              e);
      case IOException e ->
          new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": " + Failure.text(e), e);
      default ->
          new Failure(Failure.Kind.INTERNAL, entry.who() + ": " + Failure.text(cause), cause);
    };
  }

  private HttpClient client() {
    Optional<TlsFiles> now = access.secured() ? Optional.of(files()) : Optional.empty();
    HttpClient open = client;
    if (open == null || !now.equals(used)) {
      close();
      open = connecting(now);
      client = open;
      used = now;
    }
    return open;
  }

  private TlsFiles files() {
    try {
      return TlsFiles.read(access.caFile(), access.certificateFile(), access.keyFile());
    } catch (Failure e) {
      throw named("rest: ", e.kind(), e);
    }
  }

  /** The client itself compares the name in the server's certificate with the address's host. */
  private HttpClient connecting(Optional<TlsFiles> files) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .followRedirects(Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(entry.deadlines().answer())
            .executor(task -> Thread.ofVirtual().name("rest-" + entry.name()).start(task));
    if (files.isPresent()) {
      SSLParameters parameters = new SSLParameters();
      parameters.setProtocols(PROTOCOLS);
      try {
        builder.sslContext(files.get().context()).sslParameters(parameters);
      } catch (Failure e) {
        throw named("rest: ", e.kind(), e);
      }
    }
    return builder.build();
  }

  /** A file that is away for a moment says nothing about the switch. */
  private Optional<String> token() {
    if (access.tokenFile().isEmpty()) {
      return Optional.empty();
    }
    String word;
    try {
      word = Secrets.password(Path.of(access.tokenFile())).strip();
    } catch (Failure e) {
      throw named("rest.tokenFile: ", Failure.Kind.UNAVAILABLE, e);
    }
    if (!TOKEN.matcher(word).matches()) {
      throw new Failure(
          Failure.Kind.INVALID,
          entry.who() + ": rest.tokenFile " + access.tokenFile() + " holds no bearer token");
    }
    return Optional.of(word);
  }

  private Failure named(String field, Failure.Kind kind, Failure e) {
    return new Failure(kind, entry.who() + ": " + field + Failure.text(e), e);
  }

  /** The next request connects anew. */
  @Override
  public void close() {
    HttpClient open = client;
    client = null;
    if (open != null) {
      open.shutdownNow();
    }
  }
}
