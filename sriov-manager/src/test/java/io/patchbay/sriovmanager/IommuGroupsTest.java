package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IommuGroupsTest {
  private static VirtualFunction vf(String address, String driver, String group) {
    return VirtualFunction.newBuilder()
        .setPciAddress(address)
        .setDriver(driver)
        .setIommuGroup(group)
        .setState(State.FREE)
        .build();
  }

  private static Catalog catalog(VirtualFunction... functions) {
    return Catalog.newBuilder().addAllFunctions(List.of(functions)).build();
  }

  private static String judged(VirtualFunction... functions) {
    VirtualFunction first = IommuGroups.judged(catalog(functions)).getFunctions(0);
    return first.getState() + " " + first.getReason();
  }

  @Test
  void aGroupHasOneKindOfDriver() {
    VirtualFunction driven = vf("a", "vfio-pci", "7");
    assertEquals("FREE ", judged(driven, vf("b", "vfio-pci", "7"), vf("c", "iavf", "8")));
    assertEquals("FREE ", judged(driven, vf("b", "", "7")));
    assertEquals(
        "BROKEN is in IOMMU group 7, in which b has driver iavf",
        judged(driven, vf("b", "iavf", "7")));
    assertEquals("FREE ", judged(vf("b", "iavf", "7"), driven), "the kernel's own works");
  }

  @Test
  void withoutAGroupNothingKeepsItToItsContainer() {
    assertTrue(judged(vf("a", "vfio-pci", "")).contains("PATCHBAY_VFIO_NOIOMMU"));
    assertEquals("FREE ", judged(vf("a", "iavf", "")));
  }

  @Test
  void whatAPodHasStaysAsItIs() {
    VirtualFunction held = vf("a", "vfio-pci", "7").toBuilder().setState(State.HELD).build();
    assertEquals("HELD ", judged(held, vf("b", "iavf", "7")));
  }

  @Test
  void theRestOfATakenGroupIsTakenToo() {
    Catalog catalog =
        catalog(
            vf("a", "vfio-pci", "7"),
            vf("b", "vfio-pci", "7"),
            vf("c", "iavf", ""),
            vf("d", "iavf", ""));
    List<VirtualFunction> all = catalog.getFunctionsList();
    Set<String> taken = Set.of("b", "d");
    assertEquals(
        "b",
        IommuGroups.taken(catalog, all.subList(0, 1), taken::contains)
            .orElseThrow()
            .getPciAddress());
    assertTrue(IommuGroups.taken(catalog, all.subList(0, 2), taken::contains).isEmpty());
    assertTrue(IommuGroups.taken(catalog, all.subList(2, 3), taken::contains).isEmpty());
  }
}
