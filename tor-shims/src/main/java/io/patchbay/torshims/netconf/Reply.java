package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import io.patchbay.torshims.Hindrance;
import io.patchbay.torshims.LockHeld;
import io.patchbay.torshims.NotPermitted;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/**
 * A switch's answer to one operation: {@code asked} says which, {@code errors} are empty when it
 * was done. Warnings are not errors.
 */
record Reply(String asked, Element body, List<RpcError> errors) {
  Reply {
    errors = List.copyOf(errors);
  }

  static Reply of(String asked, Element body) {
    List<RpcError> errors =
        Xml.children(body, Operations.BASE, "rpc-error").stream()
            .filter(error -> !RpcError.isWarning(error))
            .map(RpcError::of)
            .toList();
    return new Reply(asked, body, errors);
  }

  boolean done() {
    return errors.isEmpty();
  }

  /** Whether nothing but somebody else stands in the way. */
  boolean mayWait() {
    return !done() && errors.stream().allMatch(error -> error.retry() == RpcError.Retry.WAIT);
  }

  /** Whether the switch leaves open if it did it. */
  boolean ambiguous() {
    return errors.stream().anyMatch(error -> error.retry() == RpcError.Retry.AMBIGUOUS);
  }

  /**
   * Whether an operation on something that was named is refused in the way in which switches say
   * that there is no such thing: {@code invalid-value} for a name that they do not know (RFC 6241
   * section 8.4.4.1), {@code operation-failed} where there is none of any name (netconfd).
   */
  boolean findsNothing() {
    return !done()
        && errors.stream()
            .map(RpcError::tag)
            .allMatch(Set.of("invalid-value", "operation-failed", "data-missing")::contains);
  }

  /** The refusal as a failure; the first error that waiting cannot cure decides its kind. */
  Failure failure(String who) {
    RpcError worst =
        errors.stream()
            .filter(error -> error.retry() != RpcError.Retry.WAIT)
            .findFirst()
            .orElseGet(errors::getFirst);
    String told = errors.stream().map(RpcError::toString).collect(Collectors.joining("; "));
    return new Failure(
        worst.kind(), who + " refuses " + asked + ": " + told, hindrance(worst.kind(), told));
  }

  private @Nullable Hindrance hindrance(Failure.Kind kind, String told) {
    if (mayWait()) {
      return new LockHeld(told);
    }
    return kind == Failure.Kind.DENIED ? new NotPermitted(told) : null;
  }
}
