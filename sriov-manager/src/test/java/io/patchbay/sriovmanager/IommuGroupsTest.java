package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IommuGroupsTest {
  private static final PciAddress OURS = PciAddress.parse("0000:3b:01.0");
  private static final PciAddress OTHER = PciAddress.parse("0000:5e:01.0");

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

  private static String refusal(Map<PciAddress, String> mates, Set<PciAddress> taken) {
    try {
      IommuGroups.check(mates, OURS::equals, taken::contains);
      return "";
    } catch (Failure e) {
      return e.getMessage();
    }
  }

  @Test
  void theRestOfATakenGroupIsTakenToo() {
    assertEquals("", refusal(Map.of(), Set.of(OURS)));
    assertEquals("", refusal(Map.of(OURS, "vfio-pci"), Set.of(OTHER)));
    assertEquals("", refusal(Map.of(OTHER, ""), Set.of(OURS)));
    assertTrue(refusal(Map.of(OURS, ""), Set.of(OURS)).contains("another container has " + OURS));
  }

  /** Nobody would have parked it. */
  @Test
  void whatIsDrivenInTheGroupIsOurs() {
    assertTrue(refusal(Map.of(OTHER, "vfio-pci"), Set.of()).contains("no VF of ours"));
    Inventory.Virtual vf = new Inventory.Virtual(OURS, 0, "vfio-pci", "7");
    assertEquals("", IommuGroups.problem(vf.among(List.of(OTHER)), Set.of(OURS, OTHER)));
    assertEquals(
        "shares its IOMMU group with " + OTHER + ", which has driver vfio-pci and is no VF of ours",
        IommuGroups.problem(vf.among(List.of(OTHER)), Set.of(OURS)));
    assertEquals("broken", IommuGroups.problem(vf.with("broken"), Set.of()));
  }
}
