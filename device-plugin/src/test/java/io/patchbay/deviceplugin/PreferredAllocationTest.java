package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.deviceplugin.PreferredAllocation.Choice;
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
    assertEquals(
        ids(wanted),
        PreferredAllocation.choose(KNOWN, Choice.SPREAD, ids(available), ids(must), size));
  }

  @ParameterizedTest
  @CsvSource({
    "a0 a1 b0 b1 c0,    ,   2, a0 a1", // one PF
    "a0 b0 b1 c0,       ,   1, a0", // the PF with least left
    "a0 b0 b1,          ,   2, b0 b1", // the PF that fits all
    "a0 a1 b0 b1 b2,    b2, 2, b2 b0", // stays where it must be
  })
  void packs(String available, String must, int size, String wanted) {
    assertEquals(
        ids(wanted),
        PreferredAllocation.choose(KNOWN, Choice.PACK, ids(available), ids(must), size));
  }

  /** VFs that containers drive themselves, two by two in a group, and one alone. */
  @ParameterizedTest
  @CsvSource({
    "a0 a1 b0 b1 b2,    ,   1, b2", // takes no half of a group
    "a0 a1 b0 b1 b2,    ,   2, b0 b1", // one group whole
    "a0 a1 b0 b1 b2,    b1, 2, b1 b0", // the mate of what must be
    "a0 a1 b0 b1,       ,   1, a0", // if it must be
    "a0 a1 b0 b1 b2,    ,   3, b0 b1 b2",
  })
  void matesOfAnIommuGroupStayTogether(String available, String must, int size, String wanted) {
    Map<String, VirtualFunction> known = new TreeMap<>();
    Map<String, String> groups = Map.of("a0", "7", "a1", "7", "b0", "8", "b1", "8", "b2", "9");
    groups.forEach((id, group) ->
        known.put(
            id, KNOWN.get(id).toBuilder().setDriver("vfio-pci").setIommuGroup(group).build()));
    assertEquals(
        ids(wanted),
        PreferredAllocation.choose(known, Choice.SPREAD, ids(available), ids(must), size));
  }

  /** An interface is no more than itself, whatever group it is in. */
  @Test
  void groupsOfInterfacesDoNotMatter() {
    Map<String, VirtualFunction> known = new TreeMap<>();
    KNOWN.forEach(
        (id, vf) -> known.put(id, vf.toBuilder().setDriver("iavf").setIommuGroup("7").build()));
    assertEquals(
        List.of("a0", "b0"),
        PreferredAllocation.choose(known, Choice.SPREAD, ids("a0 a1 b0 b1"), List.of(), 2));
  }

  @Test
  void whatIsStillOnItsWayHomeIsTakenLast() {
    Map<String, VirtualFunction> known = new TreeMap<>(KNOWN);
    known.put("a0", KNOWN.get("a0").toBuilder().setState(State.HELD).build());
    List<String> available = List.of("a0", "a1", "c0");
    assertEquals(
        List.of("a1"), PreferredAllocation.choose(known, Choice.SPREAD, available, List.of(), 1));
    assertEquals(
        List.of("a1", "c0", "a0"),
        PreferredAllocation.choose(known, Choice.SPREAD, available, List.of(), 3));
  }

  @Test
  void theOrderOfTheQuestionDoesNotMatter() {
    List<String> available = new ArrayList<>(KNOWN.keySet());
    List<String> first = PreferredAllocation.choose(KNOWN, Choice.SPREAD, available, List.of(), 4);
    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(available, new Random(seed));
      assertEquals(
          first, PreferredAllocation.choose(KNOWN, Choice.SPREAD, available, List.of(), 4));
    }
  }

  @ParameterizedTest
  @CsvSource({"a0, , 2", "a0, b0, 1", "a0 a1, a0 a1, 1"})
  void refusesWhatCannotBe(String available, String must, int size) {
    assertThrows(
        Failure.class,
        () -> PreferredAllocation.choose(KNOWN, Choice.SPREAD, ids(available), ids(must), size));
  }
}
