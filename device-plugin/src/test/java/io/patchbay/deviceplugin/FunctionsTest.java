package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FunctionsTest {
  private static final VirtualFunction ONE = FakeManager.function(1, List.of("d/a", "d/b"));
  private static final VirtualFunction TWO = FakeManager.function(2, List.of("d/a"));

  private static Catalog whole(VirtualFunction... functions) {
    return Catalog.newBuilder().addAllFunctions(List.of(functions)).build();
  }

  private static Catalog changed(VirtualFunction... functions) {
    return whole(functions).toBuilder().setPartial(true).build();
  }

  private static Catalog gone(VirtualFunction vf) {
    return Catalog.newBuilder().setPartial(true).addGone(vf.getPciAddress()).build();
  }

  @Test
  void aChangeLeavesTheOthersAsTheyWere() {
    Functions before = Functions.NONE.after(whole(ONE, TWO));
    VirtualFunction held = ONE.toBuilder().setState(State.HELD).build();
    Functions after = before.after(changed(held));
    assertEquals(List.of(held, TWO), List.copyOf(after.functions("d/a").values()));
    assertEquals(List.of(held), List.copyOf(after.functions("d/b").values()));
    assertEquals(List.of(ONE, TWO), List.copyOf(before.all()));
    assertSame(before.device(TWO, true), after.device(TWO, true));
    assertSame(before.device(ONE, false), after.device(held, false));
  }

  @Test
  void aNameGoesWithTheLastOfItsFunctions() {
    Functions both = Functions.NONE.after(whole(ONE, TWO));
    assertEquals(Set.of("d/a"), both.after(gone(ONE)).names());
    VirtualFunction renamed = FakeManager.function(1, List.of("d/c"));
    Functions after = both.after(changed(renamed));
    assertEquals(Set.of("d/a", "d/c"), after.names());
    assertEquals(List.of(TWO), List.copyOf(after.functions("d/a").values()));
  }

  @Test
  void aWholeCatalogForgetsAllBeforeIt() {
    Functions known = Functions.NONE.after(whole(ONE)).after(whole(TWO));
    assertEquals(List.of(TWO), List.copyOf(known.all()));
    assertEquals(Functions.NONE.after(whole(TWO)), known);
    assertTrue(known.functions("d/b").isEmpty());
  }

  /** One who takes two at a time knows the same as one who takes each, whatever they tell. */
  @Test
  void catalogsThatWaitedTogetherTellTheSame() throws InterruptedException {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Functions known = Functions.NONE.after(whole(ONE, TWO));
      CatalogInbox inbox = new CatalogInbox();
      Functions each = known;
      for (int i = 0; i < 5; i++) {
        Catalog next = next(random);
        inbox.onNext(next);
        each = each.after(next);
      }
      Functions together = known.after(inbox.take().orElseThrow());
      assertEquals(new TreeMap<>(each.functions("d/a")), together.functions("d/a"), "seed " + seed);
      assertEquals(each, together, "seed " + seed);
      assertEquals(each.names(), together.names(), "seed " + seed);
    }
  }

  private static Catalog next(Random random) {
    Catalog.Builder next = Catalog.newBuilder().setPartial(random.nextInt(8) > 0);
    for (int number = 0; number < 4; number++) {
      List<String> names = random.nextBoolean() ? List.of("d/a") : List.of("d/b", "d/c");
      VirtualFunction vf = FakeManager.function(number, names);
      switch (random.nextInt(4)) {
        case 0 -> next.addFunctions(vf.toBuilder().setState(State.forNumber(random.nextInt(6))));
        case 1 -> next.addGone(vf.getPciAddress());
        default -> {}
      }
    }
    return next.getPartial() ? next.build() : next.clearGone().build();
  }
}
