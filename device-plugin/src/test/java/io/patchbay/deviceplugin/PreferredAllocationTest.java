package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreferredAllocationTest {
  /** PFs a and b on NUMA node 0, PF c on node 1; three VFs each, named after their PF. */
  private static final Map<String, VirtualFunction> KNOWN = known();

  private static Map<String, VirtualFunction> known() {
    Map<String, VirtualFunction> all = new TreeMap<>();
    for (String pf : List.of("a", "b", "c")) {
      for (int i = 0; i < 3; i++) {
        VirtualFunction vf =
            VirtualFunction.newBuilder()
                .setPfAddress(pf)
                .setNumaNode(pf.equals("c") ? 1 : 0)
                .setState(State.FREE)
                .build();
        all.put(pf + i, vf);
      }
    }
    return all;
  }

  private static List<String> ids(String text) {
    return text == null ? List.of() : Arrays.asList(text.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "a0 a1 b0 b1 c0,    ,   2, a0 b0", // one node, spread over its PFs
    "a0 b0 b1 c0,       ,   1, b0", // the PF with more left
    "a0 c0 c1,          ,   2, c0 c1", // the node that fits all
    "a0 c0 c1,          ,   1, a0", // both fit: the lower node
    "a0 c0 c1,          ,   3, c0 c1 a0", // none fits: most of one node first
    "a0 a1 b0 c0 c1,    c0, 2, c0 c1", // stays with what must be
    "a0 a1 b0 c0,       c0, 2, c0 a0", // as far as it can
    "a0 a1 b0,       a0 b0, 2, a0 b0",
    "x0 x1,             ,   1, x0", // unknown ids are still answered
    "a0 a1,             ,   0, ",
  })
  void chooses(String available, String must, int size, String wanted) {
    assertEquals(ids(wanted), PreferredAllocation.choose(KNOWN, ids(available), ids(must), size));
  }

  @Test
  void whatIsStillOnItsWayHomeIsTakenLast() {
    Map<String, VirtualFunction> known = new TreeMap<>(KNOWN);
    known.put("a0", KNOWN.get("a0").toBuilder().setState(State.HELD).build());
    List<String> available = List.of("a0", "a1", "c0");
    assertEquals(List.of("a1"), PreferredAllocation.choose(known, available, List.of(), 1));
    assertEquals(
        List.of("a1", "c0", "a0"), PreferredAllocation.choose(known, available, List.of(), 3));
  }

  @Test
  void theOrderOfTheQuestionDoesNotMatter() {
    List<String> available = new ArrayList<>(KNOWN.keySet());
    List<String> first = PreferredAllocation.choose(KNOWN, available, List.of(), 4);
    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(available, new Random(seed));
      assertEquals(first, PreferredAllocation.choose(KNOWN, available, List.of(), 4));
    }
  }

  @ParameterizedTest
  @CsvSource({"a0, , 2", "a0, b0, 1", "a0 a1, a0 a1, 1"})
  void refusesWhatCannotBe(String available, String must, int size) {
    assertThrows(
        Failure.class, () -> PreferredAllocation.choose(KNOWN, ids(available), ids(must), size));
  }
}
