package io.patchbay.base;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The world said no. The kind decides the gRPC status at the edge of a daemon; the message holds
 * the values that explain it and what to do. Mistakes of our own are {@link
 * IllegalStateException}s.
 */
public final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What sort of no it is, and so whether trying again can help. */
  public enum Kind {
    /** The caller asked for something that can never be right. */
    INVALID,
    /** What was asked for does not exist (yet). */
    NOT_FOUND,
    /** It exists, but not in a state that allows this. */
    CONFLICT,
    /** All of it is in use. */
    EXHAUSTED,
    /** The caller may not do this. */
    DENIED,
    /** A peer, a device or a file cannot be reached now; trying again may help. */
    UNAVAILABLE,
    /** It took longer than the caller would wait. */
    TIMEOUT,
    /** Nobody here knows how to do this. */
    UNSUPPORTED,
    /** We are wrong, or a device contradicts itself. */
    INTERNAL
  }

  private final Kind kind;

  public Failure(Kind kind, String message) {
    this(kind, message, null);
  }

  public Failure(Kind kind, String message, @Nullable Throwable cause) {
    super(Objects.requireNonNull(message), cause);
    this.kind = Objects.requireNonNull(kind);
  }

  /** What sort of no this is. */
  public Kind kind() {
    return kind;
  }

  /** The text for a reader, also for throwables that carry none. */
  public static String text(Throwable problem) {
    String message = problem.getMessage();
    return message == null || message.isBlank() ? problem.getClass().getSimpleName() : message;
  }
}
