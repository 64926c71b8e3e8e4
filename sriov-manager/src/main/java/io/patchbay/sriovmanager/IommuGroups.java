package io.patchbay.sriovmanager;

import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What follows from IOMMU groups for VFs that containers drive themselves: the IOMMU cannot tell
 * the devices of one group apart, so a group has one kind of driver and one container. Pure.
 */
final class IommuGroups {
  private static final String STRANGE = "has driver vfio-pci and is no VF of ours";

  private static final String UNCHECKED =
      "has no IOMMU that would keep it to its container's memory; switch the IOMMU on, or"
          + " allow it with PATCHBAY_VFIO_NOIOMMU=true";

  private IommuGroups() {}

  /** Whether containers drive this VF themselves. */
  static boolean isDriven(VirtualFunction vf) {
    return vf.getDriver().equals(Vfio.DRIVER);
  }

  /**
   * Why a VF cannot be handed over; empty when it can.
   *
   * @param ours all VFs that are known to be parked while they serve nobody
   */
  static String problem(Inventory.Virtual vf, Set<PciAddress> ours) {
    if (!vf.problem().isEmpty() || !vf.driver().equals(Vfio.DRIVER)) {
      return vf.problem();
    }
    if (vf.iommuGroup().isEmpty()) {
      return UNCHECKED;
    }
    return vf.mates().stream()
        .filter(mate -> !ours.contains(mate))
        .findFirst()
        .map(mate -> "shares its IOMMU group with " + mate + ", which " + STRANGE)
        .orElse("");
  }

  /**
   * Refuses to hand over groups that are not whole. Throws {@link Failure} CONFLICT.
   *
   * @param mates what is in the groups beside what one container is to get, with its driver
   * @param ours whether this is a VF of ours
   * @param taken whether somebody has it
   */
  static void check(
      Map<PciAddress, String> mates, Predicate<PciAddress> ours, Predicate<PciAddress> taken) {
    mates.forEach((mate, driver) -> {
      if (taken.test(mate)) {
        throw new Failure(
            Failure.Kind.CONFLICT, "its IOMMU group is taken: another container has " + mate);
      }
      if (driver.equals(Vfio.DRIVER) && !ours.test(mate)) {
        throw new Failure(
            Failure.Kind.CONFLICT, "in its IOMMU group is " + mate + ", which " + STRANGE);
      }
    });
  }
}
