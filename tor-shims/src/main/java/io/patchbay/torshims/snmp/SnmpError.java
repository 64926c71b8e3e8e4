package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import io.patchbay.torshims.NotPermitted;
import org.snmp4j.PDU;

/**
 * Why an agent did not do what it was asked for (RFC 3416 section 3). Pure.
 *
 * @param status of SNMP
 * @param at the object that it finds fault with; empty for none
 */
record SnmpError(int status, String at) {
  /** What an answer says; one that says no error has status 0. */
  static SnmpError of(PDU answer) {
    int index = answer.getErrorIndex();
    boolean told = index >= 1 && index <= answer.size();
    return new SnmpError(
        answer.getErrorStatus(), told ? answer.get(index - 1).getOid().toDottedString() : "");
  }

  /** Whether it has done it. */
  boolean none() {
    return status == PDU.noError;
  }

  /** Whether less at once may go. */
  boolean tooBig() {
    return status == PDU.tooBig;
  }

  /** Whether the serial number may have been another. */
  boolean maybeStale() {
    return status == PDU.inconsistentValue;
  }

  /** Whether the same may be asked for again in a while: a commit of somebody else is under way. */
  boolean passes() {
    return status == PDU.resourceUnavailable;
  }

  /** As drivers say it. That the ports are as they were is for the caller to see. */
  Failure failure(String who) {
    Failure.Kind kind =
        switch (status) {
          case PDU.noAccess, PDU.authorizationError -> Failure.Kind.DENIED;
          case PDU.tooBig, PDU.resourceUnavailable -> Failure.Kind.EXHAUSTED;
          case PDU.notWritable, PDU.noCreation -> Failure.Kind.UNSUPPORTED;
          case PDU.inconsistentValue, PDU.inconsistentName -> Failure.Kind.CONFLICT;
          case PDU.wrongType, PDU.wrongLength, PDU.wrongEncoding, PDU.wrongValue ->
              Failure.Kind.INVALID;
          default -> Failure.Kind.INTERNAL;
        };
    String said =
        who + ": " + PDU.toErrorStatusText(status) + (at.isEmpty() ? "" : " at " + at) + advice();
    return kind == Failure.Kind.DENIED
        ? new Failure(kind, said, new NotPermitted(said))
        : new Failure(kind, said);
  }

  private String advice() {
    return switch (status) {
      case PDU.noAccess, PDU.authorizationError ->
          ": give the shim's user a view to write it (VACM, or the switch's own rules)";
      case PDU.notWritable, PDU.noCreation -> ": the switch does not let it be set by SNMP";
      case PDU.undoFailed -> ": the switch says that it is left half set";
      default -> "";
    };
  }
}
