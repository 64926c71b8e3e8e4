package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Failure;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What two changes come to that are to be made together or not at all. */
class PairingTest {
  private final Pairing pairing = new Pairing();

  /** Each word is what the first (1) or the second (2) says: ready, go on, or no. */
  @ParameterizedTest
  @CsvSource({
    "'', open",
    "1ready, open",
    "1ready 1ready, open",
    "1ready 2ready, both",
    "2ready 1ready, both",
    "1go, both",
    "2ready 1go, both",
    "1no, neither of 1",
    "1ready 2no, neither of 2",
    "2ready 1ready 2no, both",
    "1go 2no, both",
    "2no 1go, neither of 2",
    "2no 1ready, neither of 2",
    "1no 2no, neither of 1",
    "1no 1ready 2ready 1go, neither of 1",
  })
  void itIsDecidedOnce(String words, String decision) {
    AtomicInteger early = new AtomicInteger();
    pairing.first().whenDecided(early::incrementAndGet);
    for (String word : words.split(" ", -1)) {
      say(word);
    }
    AtomicInteger late = new AtomicInteger();
    pairing.second().whenDecided(late::incrementAndGet);
    assertEquals(decision, decided(pairing.first()));
    assertEquals(decision, decided(pairing.second()));
    int told = decision.equals("open") ? 0 : 1;
    assertEquals(told, early.get(), "whoever waits is told once");
    assertEquals(told, late.get(), "and at once of what is decided");
  }

  private void say(String word) {
    if (word.isEmpty()) {
      return;
    }
    Pairing.End end = word.charAt(0) == '1' ? pairing.first() : pairing.second();
    switch (word.substring(1)) {
      case "ready" -> end.ready();
      case "go" -> end.goOn();
      default -> end.refuse(new Failure(Failure.Kind.INVALID, word.substring(0, 1)));
    }
  }

  private static String decided(Pairing.End end) {
    return end.isOpen()
        ? "open"
        : end.refusal().map(why -> "neither of " + why.getMessage()).orElse("both");
  }

  @Test
  void whoHasNoTwinWaitsForNobody() {
    Pairing.NONE.refuse(new Failure(Failure.Kind.INVALID, "no"));
    assertEquals("both", decided(Pairing.NONE));
  }
}
