package io.patchbay.torshims.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.Failure;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.TooBusy;
import java.util.function.UnaryOperator;

/**
 * Why a controller did not do what it was asked for (RFC 9457).
 *
 * @param status of HTTP
 * @param word the end of its type, empty for a type that the contract does not know
 * @param text for people
 */
record Problem(int status, String word, String text) {
  private static final String TYPES = "urn:patchbay:switch-controller:";
  private static final int TEXT_MAX = 1000;

  /**
   * What an answer says.
   *
   * @param body may be something else than a problem, as of a proxy that stands in between; then
   *     the status says all there is
   * @param redaction takes out of a text what must not be told
   */
  static Problem of(int status, JsonNode body, UnaryOperator<String> redaction) {
    String type = body.path("type").asText("");
    String title = body.path("title").asText("");
    String detail = body.path("detail").asText("");
    String said = redaction.apply(detail.isEmpty() ? title : detail); // before it is cut
    return new Problem(
        status,
        type.startsWith(TYPES) ? type.substring(TYPES.length()) : "",
        "HTTP status " + status + (said.isEmpty() ? "" : ": " + plain(said)));
  }

  /** One that a transaction tells of, which has the status in itself. */
  static Problem of(JsonNode body, UnaryOperator<String> redaction) {
    return of(body.path("status").asInt(0), body, redaction);
  }

  private static String plain(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() > TEXT_MAX ? line.substring(0, TEXT_MAX) + "..." : line;
  }

  /** Whether it is sure that nothing was changed, and nothing will be. */
  boolean refuses() {
    return (status >= 400 && status < 500) || status == 501;
  }

  /** Whether the controller does not let the caller in, so that it tells nothing at all. */
  boolean shutsOut() {
    return status == 401 || status == 403 || status == 407;
  }

  /** Whether the ports have changed since they were read. */
  boolean stale() {
    return status == 412;
  }

  /** Whether somebody else is in the way. */
  boolean locked() {
    return status == 409 && word.equals("locked");
  }

  /** Whether the same may be asked for again in a while. */
  boolean passes() {
    return stale() || locked() || status == 429;
  }

  /**
   * As drivers say it; what is not a refusal says nothing of the ports, and is UNAVAILABLE or
   * TIMEOUT.
   */
  Failure failure(String who) {
    Failure.Kind kind =
        switch (status) {
          case 401, 403, 407 -> Failure.Kind.DENIED;
          case 404 -> Failure.Kind.NOT_FOUND;
          case 409 -> Failure.Kind.CONFLICT;
          case 413 -> Failure.Kind.EXHAUSTED;
          case 408, 504 -> Failure.Kind.TIMEOUT;
          case 429 -> Failure.Kind.UNAVAILABLE;
          case 501 -> Failure.Kind.UNSUPPORTED;
          case 428 -> Failure.Kind.INTERNAL;
          default -> refuses() ? Failure.Kind.INVALID : Failure.Kind.UNAVAILABLE;
        };
    String said = who + ": " + text;
    return switch (status) {
      case 403 -> new Failure(kind, said, new NotPermitted(said));
      case 429 -> new Failure(kind, said, new TooBusy(said));
      default -> new Failure(kind, said);
    };
  }
}
