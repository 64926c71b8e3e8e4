package io.patchbay.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChainTraceTest {
  private static final String TIME = "2026-11-21T11:00:00.000Z DEBUG ";

  private static final ChainTrace TRACE =
      ChainTrace.of(
          "log",
          List.of(
              TIME + "Chain: one HoldVf 1500 us ahead [mechanism] back []",
              TIME + "Chain: one Dial 9000 us ahead [] back [context]",
              TIME + "Chain: two HoldVf 40 us ahead [] back []",
              TIME + "Ledger: one HoldVf 7 us ahead [] back []",
              TIME + "Chain: one Tag 250 us ahead [] back []",
              "java.lang.IllegalStateException: one Tag"));

  @Test
  void addsUpTheChosenLinksOfOneConnection() {
    assertEquals(1_750_000, TRACE.took("one", link -> !link.equals("Dial")));
    assertEquals(40_000, TRACE.took("two", "HoldVf"::equals));
  }

  @Test
  void saysWhatItHasInsteadOfWhatIsMissing() {
    Failure failure = assertThrows(Failure.class, () -> TRACE.took("two", "Tag"::equals));
    assertTrue(Failure.text(failure).contains("log tells of [HoldVf] for two"));
  }
}
