package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Failure.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A switch is away when it says nothing, not when it says no. */
class HeardDriverTest {
  private final HeardDriver heard = new HeardDriver(new FakeSwitch());

  private boolean isSilentAfter(Failure failure) {
    Failure thrown =
        assertThrows(
            Failure.class,
            () ->
                heard.pass(() -> {
                  throw failure;
                }));
    assertEquals(failure, thrown);
    return heard.isSilent();
  }

  @Test
  void whatASwitchRefusesItIsThereFor() {
    for (Hindrance why :
        List.of(new LockHeld("locked"), new NotPermitted("no"), new TooBusy("later"))) {
      assertFalse(isSilentAfter(new Failure(Kind.UNAVAILABLE, "refused", why)), why::toString);
    }
    assertFalse(isSilentAfter(NotKept.because(new Failure(Kind.UNAVAILABLE, "no API server"))));
    assertFalse(isSilentAfter(new Failure(Kind.INVALID, "no such VLAN")));
    assertEquals(1, heard.lockedOut());
    assertEquals(1, heard.notPermitted());
  }

  @Test
  void oneThatDoesNotAnswerIsAwayUntilItDoes() {
    assertTrue(isSilentAfter(new Failure(Kind.TIMEOUT, "nothing")));
    assertTrue(isSilentAfter(new Failure(Kind.UNAVAILABLE, "cannot be reached")));
    assertTrue(isSilentAfter(new Failure(Kind.DENIED, "cannot log in")));
    assertEquals(7, heard.pass(() -> 7));
    assertFalse(heard.isSilent());
  }
}
