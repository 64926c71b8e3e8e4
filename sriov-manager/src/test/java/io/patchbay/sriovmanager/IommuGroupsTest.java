package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IommuGroupsTest {
  private static final PciAddress OURS = PciAddress.parse("0000:3b:01.0");
  private static final PciAddress OTHER = PciAddress.parse("0000:5e:01.0");

  private static String problem(String driver, String group, PciAddress... mates) {
    Inventory.Virtual vf = new Inventory.Virtual(OURS, 0, driver, group);
    return IommuGroups.problem(vf.among(List.of(mates)), Set.of(OURS));
  }

  @Test
  void withoutAGroupNothingKeepsItToItsContainer() {
    assertTrue(problem("vfio-pci", "").contains("PATCHBAY_VFIO_NOIOMMU"));
    assertEquals("", problem("vfio-pci", "7"));
    assertEquals("", problem("iavf", ""), "the kernel drives it");
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
