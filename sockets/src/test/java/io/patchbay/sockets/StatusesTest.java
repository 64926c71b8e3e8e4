package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.patchbay.base.Failure;
import io.patchbay.base.Failure.Kind;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StatusesTest {
  @ParameterizedTest
  @CsvSource({
    "INVALID,INVALID_ARGUMENT",
    "NOT_FOUND,NOT_FOUND",
    "CONFLICT,FAILED_PRECONDITION",
    "EXHAUSTED,RESOURCE_EXHAUSTED",
    "DENIED,PERMISSION_DENIED",
    "UNAVAILABLE,UNAVAILABLE",
    "TIMEOUT,DEADLINE_EXCEEDED",
    "UNSUPPORTED,UNIMPLEMENTED",
    "INTERNAL,INTERNAL"
  })
  void kindsAndCodesMatchBothWays(Kind kind, Status.Code code) {
    var status = Statuses.toStatus(new Failure(kind, "why"));
    assertEquals(code, status.getStatus().getCode());
    assertEquals("why", status.getStatus().getDescription());
    Failure back = Statuses.toFailure("find x", status);
    assertEquals(kind, back.kind());
    assertEquals("find x: why", back.getMessage());
  }

  @ParameterizedTest
  @EnumSource(Status.Code.class)
  void everyCodeIsSomeFailure(Status.Code code) {
    Failure failure = Statuses.toFailure("ask", code.toStatus().asRuntimeException());
    assertEquals("ask: " + code, failure.getMessage());
    assertEquals(failure.kind(), Statuses.toFailure("ask", code.toStatus().asException()).kind());
  }

  @Test
  void aPeersStatusPassesWithoutItsTrailers() {
    var status = Status.ABORTED.withDescription("d");
    var passed = Statuses.toStatus(status.asRuntimeException(new io.grpc.Metadata()));
    assertEquals(Status.Code.ABORTED, passed.getStatus().getCode());
    assertEquals("d", passed.getStatus().getDescription());
    assertEquals(null, passed.getTrailers());
  }

  @Test
  void aSocketOnWhichNobodyListensIsToldSo() {
    var refused = new ConnectException("connect(..) failed: Connection refused");
    Failure failure =
        Statuses.toFailure("ask", Status.UNAVAILABLE.withCause(refused).asRuntimeException());
    assertEquals(Kind.UNAVAILABLE, failure.kind());
    String text = Failure.text(failure);
    assertTrue(text.startsWith("ask: nobody listens there"), text);
  }

  @Test
  void longTextsAreCut() {
    var status = Statuses.toStatus(new Failure(Kind.INVALID, "x".repeat(100_000)));
    assertTrue(status.getStatus().getDescription().length() < 2100);
  }
}
