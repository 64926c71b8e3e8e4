package io.patchbay.sockets;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.patchbay.base.Failure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where a {@link Failure} becomes a gRPC status, and a status a failure. */
public final class Statuses {
  /** Longer texts are cut: peers accept about 8 KiB of trailers. */
  private static final int TEXT_MAX = 2000;

  private static final Logger log = LoggerFactory.getLogger(Statuses.class);

  private Statuses() {}

  /**
   * What a peer is told. A failure keeps its text; a status passes; anything else is our own
   * mistake: it is logged, and the peer learns no more than that.
   */
  public static StatusRuntimeException toStatus(Throwable problem) {
    return switch (problem) {
      case Failure failure -> told(code(failure.kind()), Failure.text(failure));
      case StatusRuntimeException e -> e.getStatus().asRuntimeException();
      case StatusException e -> e.getStatus().asRuntimeException();
      default -> {
        log.error("a handler failed: {}", Failure.text(problem), problem);
        yield told(
            Status.Code.INTERNAL,
            "internal error (" + problem.getClass().getSimpleName() + "); see the server's log");
      }
    };
  }

  /** For a caller whose login is wrong, which is another thing than one who may not do that. */
  public static StatusRuntimeException notLetIn(String why) {
    return told(Status.Code.UNAUTHENTICATED, why);
  }

  /** What went wrong at a peer, as a failure that starts with what we wanted of it. */
  public static Failure toFailure(String what, Throwable problem) {
    return switch (problem) {
      case Failure failure ->
          new Failure(failure.kind(), what + ": " + Failure.text(failure), failure);
      case StatusRuntimeException e -> failure(what, e.getStatus(), e);
      case StatusException e -> failure(what, e.getStatus(), e);
      default -> new Failure(Failure.Kind.INTERNAL, what + ": " + Failure.text(problem), problem);
    };
  }

  /** The name of a status' code, for whom the kinds of failure are too few. */
  public static String code(StatusRuntimeException problem) {
    return problem.getStatus().getCode().name();
  }

  private static StatusRuntimeException told(Status.Code code, String text) {
    String cut = text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) + "..." : text;
    return code.toStatus().withDescription(cut).asRuntimeException();
  }

  private static Failure failure(String what, Status status, Throwable cause) {
    return new Failure(kind(status.getCode()), what + ": " + text(status), cause);
  }

  /** gRPC's own text for a connection that failed is "io exception"; its cause says more. */
  private static String text(Status status) {
    String description = status.getDescription();
    return switch (status.getCause()) {
      case FileNotFoundException e -> "no such socket"; // netty's own, without a text
      case ConnectException e when Failure.text(e).contains("Connection refused") ->
          "nobody listens there (" + Failure.text(e) + "); is it running?";
      case IOException e when Failure.text(e).contains("Permission denied") ->
          Failure.text(e) + "; who runs the daemon may, and root";
      case IOException e -> Failure.text(e);
      case null, default -> description == null ? status.getCode().name() : description;
    };
  }

  private static Status.Code code(Failure.Kind kind) {
    return switch (kind) {
      case INVALID -> Status.Code.INVALID_ARGUMENT;
      case NOT_FOUND -> Status.Code.NOT_FOUND;
      case CONFLICT -> Status.Code.FAILED_PRECONDITION;
      case EXHAUSTED -> Status.Code.RESOURCE_EXHAUSTED;
      case DENIED -> Status.Code.PERMISSION_DENIED;
      case UNAVAILABLE -> Status.Code.UNAVAILABLE;
      case TIMEOUT -> Status.Code.DEADLINE_EXCEEDED;
      case UNSUPPORTED -> Status.Code.UNIMPLEMENTED;
      case INTERNAL -> Status.Code.INTERNAL;
    };
  }

  private static Failure.Kind kind(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> Failure.Kind.INVALID;
      case NOT_FOUND -> Failure.Kind.NOT_FOUND;
      case FAILED_PRECONDITION, ALREADY_EXISTS, ABORTED -> Failure.Kind.CONFLICT;
      case RESOURCE_EXHAUSTED -> Failure.Kind.EXHAUSTED;
      case PERMISSION_DENIED, UNAUTHENTICATED -> Failure.Kind.DENIED;
      case UNAVAILABLE, CANCELLED -> Failure.Kind.UNAVAILABLE;
      case DEADLINE_EXCEEDED -> Failure.Kind.TIMEOUT;
      case UNIMPLEMENTED -> Failure.Kind.UNSUPPORTED;
      case OK, UNKNOWN, INTERNAL, DATA_LOSS -> Failure.Kind.INTERNAL;
    };
  }
}
