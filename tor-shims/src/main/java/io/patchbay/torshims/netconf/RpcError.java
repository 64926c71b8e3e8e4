package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import java.util.Objects;
import org.w3c.dom.Element;

/**
 * One {@code rpc-error} of a reply (RFC 6241 section 4.3, contracts tor.md 1.6). Absent parts are
 * empty. {@code holder} is the session id of whoever holds the lock, where the switch tells.
 */
record RpcError(String tag, String message, String path, String appTag, String holder) {
  /** What the tag allows the caller to do next. */
  enum Retry {
    /** Another has it now: wait and ask again. */
    WAIT,
    /** The switch may or may not have done it: read before anything else. */
    AMBIGUOUS,
    /** The switch could not undo: hands off until a person has looked. */
    QUARANTINE,
    /** Asking again gives the same answer. */
    PERMANENT
  }

  RpcError {
    Objects.requireNonNull(tag);
  }

  /** Reads an {@code rpc-error} element. */
  static RpcError of(Element error) {
    String holder =
        Xml.child(error, Operations.BASE, "error-info")
            .map(info -> leaf(info, "session-id"))
            .orElse("");
    return new RpcError(
        leaf(error, "error-tag"),
        leaf(error, "error-message"),
        leaf(error, "error-path"),
        leaf(error, "error-app-tag"),
        holder);
  }

  private static String leaf(Element parent, String name) {
    return Xml.child(parent, Operations.BASE, name).map(Xml::text).orElse("");
  }

  /** Whether an {@code rpc-error} element is only a warning, which may stand beside ok. */
  static boolean isWarning(Element error) {
    return leaf(error, "error-severity").equals("warning");
  }

  Retry retry() {
    return switch (tag) {
      case "lock-denied", "in-use", "resource-denied" -> Retry.WAIT;
      case "operation-failed", "partial-operation" -> Retry.AMBIGUOUS;
      case "rollback-failed" -> Retry.QUARANTINE;
      default -> Retry.PERMANENT;
    };
  }

  Failure.Kind kind() {
    return switch (tag) {
      case "lock-denied", "in-use", "resource-denied", "operation-failed", "partial-operation" ->
          Failure.Kind.UNAVAILABLE;
      case "rollback-failed" -> Failure.Kind.INTERNAL;
      case "access-denied" -> Failure.Kind.DENIED;
      case "data-exists", "data-missing" -> Failure.Kind.CONFLICT;
      case "operation-not-supported" -> Failure.Kind.UNSUPPORTED;
      default -> Failure.Kind.INVALID;
    };
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(tag);
    if (!message.isEmpty()) {
      text.append(": ").append(message);
    }
    if (!path.isEmpty()) {
      text.append(" at ").append(path);
    }
    if (!appTag.isEmpty()) {
      text.append(" (").append(appTag).append(')');
    }
    if (!holder.isEmpty()) {
      text.append(
          holder.equals("0")
              ? "; held by somebody who is not a NETCONF session"
              : "; held by session " + holder);
    }
    return text.toString();
  }
}
