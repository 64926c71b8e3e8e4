package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Xml;
import io.patchbay.torshims.netconf.RpcError.Retry;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RpcErrorTest {
  private static Reply reply(String inside) {
    String xml = "<rpc-reply xmlns=\"" + Operations.BASE + "\">" + inside + "</rpc-reply>";
    return Reply.of("lock", Xml.parse(xml.getBytes(StandardCharsets.UTF_8)));
  }

  private static String error(String tag, String more) {
    return "<rpc-error><error-type>protocol</error-type><error-tag>%s</error-tag><error-severity>error</error-severity>%s</rpc-error>"
        .formatted(tag, more);
  }

  @ParameterizedTest
  @CsvSource({
    "in-use, WAIT, UNAVAILABLE",
    "lock-denied, WAIT, UNAVAILABLE",
    "resource-denied, WAIT, UNAVAILABLE",
    "operation-failed, AMBIGUOUS, UNAVAILABLE",
    "partial-operation, AMBIGUOUS, UNAVAILABLE",
    "rollback-failed, QUARANTINE, INTERNAL",
    "access-denied, PERMANENT, DENIED",
    "operation-not-supported, PERMANENT, UNSUPPORTED",
    "data-exists, PERMANENT, CONFLICT",
    "data-missing, PERMANENT, CONFLICT",
    "invalid-value, PERMANENT, INVALID",
    "too-big, PERMANENT, INVALID",
    "missing-attribute, PERMANENT, INVALID",
    "bad-attribute, PERMANENT, INVALID",
    "unknown-attribute, PERMANENT, INVALID",
    "missing-element, PERMANENT, INVALID",
    "bad-element, PERMANENT, INVALID",
    "unknown-element, PERMANENT, INVALID",
    "unknown-namespace, PERMANENT, INVALID",
    "malformed-message, PERMANENT, INVALID",
  })
  void everyTagHasItsClass(String tag, Retry retry, Failure.Kind kind) {
    RpcError error = reply(error(tag, "")).errors().getFirst();
    assertEquals(retry, error.retry());
    assertEquals(kind, error.kind());
    assertEquals(kind, reply(error(tag, "")).failure("switch tor-1").kind());
  }

  @Test
  void saysWhoWhatWhereAndWhoHoldsIt() {
    Reply denied =
        reply(
            error(
                "lock-denied",
                "<error-app-tag>x</error-app-tag><error-path>/a</error-path><error-message>no</error-message><error-info><session-id>7</session-id></error-info>"));
    assertEquals(
        "switch tor-1 refuses lock: lock-denied: no at /a (x); held by session 7",
        denied.failure("switch tor-1").getMessage());
    assertTrue(denied.mayWait());
    Reply byHand =
        reply(error("lock-denied", "<error-info><session-id>0</session-id></error-info>"));
    assertEquals(
        "switch tor-1 refuses lock: lock-denied; held by somebody who is not a NETCONF session",
        byHand.failure("switch tor-1").getMessage());
  }

  @Test
  void warningsAreNotErrors() {
    Reply reply =
        reply(
            "<rpc-error><error-tag>operation-failed</error-tag><error-severity>warning</error-severity></rpc-error><ok/>");
    assertTrue(reply.done());
  }

  @Test
  void oneErrorThatWaitingCannotCureDecides() {
    Reply reply = reply(error("in-use", "") + error("invalid-value", ""));
    assertEquals(false, reply.mayWait());
    assertEquals(Failure.Kind.INVALID, reply.failure("s").kind());
  }
}
