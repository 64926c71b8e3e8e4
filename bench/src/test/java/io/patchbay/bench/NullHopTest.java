package io.patchbay.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Time;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NullHopTest {
  private static final int TIMES = 20;

  private final Time time = Time.system();

  @TempDir private Path folder;

  @Test
  void whatTheFirstRequestCostsIsCountedAndRefreshesCostNoneOfIt() {
    try (NullHop hop = new NullHop(folder, Party.known(time), time)) {
      CryptoCount first = CryptoCount.during(folder, () -> hop.request("one"));
      assertEquals(4, first.handshakes(), "both sides of two connections");
      assertTrue(first.signed() >= 3, "each of the three signs: " + first);
      assertTrue(first.verified() >= 2, "hop and endpoint verify who asks: " + first);
      CryptoCount later =
          CryptoCount.during(
              folder,
              () -> {
                for (int i = 0; i < TIMES; i++) {
                  hop.refresh("one");
                }
              });
      assertEquals(new CryptoCount(0, 0, 0), later);
    }
  }

  @Test
  void aTokenThatComesAgainIsVerifiedOnce() {
    try (NullHop hop = new NullHop(folder, Party.known(time), time)) {
      for (int i = 0; i < TIMES; i++) {
        hop.request("number " + i);
      }
      assertEquals(1, hop.tokensArrived());
      assertEquals(1, hop.verified());
      assertEquals(TIMES - 1, hop.remembered());
    }
  }

  @Test
  void withoutIdentitiesNobodyShakesHandsOrVerifies() {
    try (NullHop hop = new NullHop(folder, Party.nameless(), time)) {
      CryptoCount first = CryptoCount.during(folder, () -> hop.request("one"));
      assertEquals(0, first.handshakes());
      assertEquals(0, first.verified());
      assertEquals(0, hop.verified());
    }
  }
}
