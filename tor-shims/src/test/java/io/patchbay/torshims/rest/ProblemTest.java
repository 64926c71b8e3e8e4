package io.patchbay.torshims.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.MissingNode;
import io.patchbay.base.Failure;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a controller's refusal is to the shim: docs/switch-controller-v1.yaml. */
class ProblemTest {
  @ParameterizedTest
  @CsvSource({
    "400, INVALID, ",
    "401, DENIED, ",
    "403, DENIED, NotPermitted",
    "404, NOT_FOUND, ",
    "408, TIMEOUT, ",
    "409, CONFLICT, ",
    "429, UNAVAILABLE, TooBusy",
    "500, UNAVAILABLE, ",
    "501, UNSUPPORTED, ",
    "504, TIMEOUT, "
  })
  void isAFailureOfThatKind(int status, Failure.Kind kind, String hindrance) {
    Failure failure =
        Problem.of(status, MissingNode.getInstance(), text -> text).failure("switch tor-1");
    assertEquals("switch tor-1: HTTP status " + status, failure.getMessage());
    assertEquals(kind, failure.kind());
    assertEquals(
        Optional.ofNullable(hindrance),
        Optional.ofNullable(failure.getCause()).map(cause -> cause.getClass().getSimpleName()));
  }
}
