package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import java.util.List;
import org.junit.jupiter.api.Test;

class CatalogChangesTest {
  private final CatalogChanges changes = new CatalogChanges();

  private static VirtualFunction vf(String address, State state) {
    return VirtualFunction.newBuilder().setPciAddress(address).setState(state).build();
  }

  private static Catalog catalog(long version, VirtualFunction... functions) {
    return Catalog.newBuilder().setVersion(version).addAllFunctions(List.of(functions)).build();
  }

  @Test
  void theFirstIsWholeAndLaterOnesTellWhatIsDifferent() {
    Catalog first = catalog(1, vf("a", State.FREE), vf("b", State.FREE));
    assertSame(first, changes.until(first));
    Catalog second = catalog(2, vf("a", State.FREE), vf("b", State.HELD), vf("c", State.FREE));
    assertEquals(
        catalog(2, vf("b", State.HELD), vf("c", State.FREE)).toBuilder().setPartial(true).build(),
        changes.until(second));
  }

  /** Beside what was sent, not beside what was before: those that a slow watcher missed count. */
  @Test
  void whatIsNoMoreIsNamedOnce() {
    var unused = changes.until(catalog(1, vf("a", State.FREE), vf("b", State.FREE)));
    Catalog without = catalog(5, vf("b", State.FREE));
    assertEquals(
        Catalog.newBuilder().setVersion(5).setPartial(true).addGone("a").build(),
        changes.until(without));
    assertEquals(
        Catalog.newBuilder().setVersion(6).setPartial(true).build(),
        changes.until(without.toBuilder().setVersion(6).build()));
    Catalog again = catalog(7, vf("a", State.FREE), vf("b", State.FREE));
    assertEquals(
        catalog(7, vf("a", State.FREE)).toBuilder().setPartial(true).build(), changes.until(again));
  }
}
