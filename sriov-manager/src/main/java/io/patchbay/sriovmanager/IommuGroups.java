package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What follows from IOMMU groups for VFs that containers drive themselves: the IOMMU cannot tell
 * the devices of one group apart, so a group has one kind of driver and one container. Pure.
 */
final class IommuGroups {
  private static final String STRANGE = "has driver vfio-pci and is no VF of ours";

  private IommuGroups() {}

  /** Whether containers drive this VF themselves. */
  static boolean isDriven(VirtualFunction vf) {
    return vf.getDriver().equals(Vfio.DRIVER);
  }

  /** The catalog with every free VF broken that could not be handed over, and why. */
  static Catalog judged(Catalog catalog) {
    Map<String, String> others = new HashMap<>();
    for (VirtualFunction vf : catalog.getFunctionsList()) {
      if (!isDriven(vf) && !vf.getDriver().isEmpty() && !vf.getIommuGroup().isEmpty()) {
        others.put(vf.getIommuGroup(), vf.getPciAddress() + " has driver " + vf.getDriver());
      }
    }
    Catalog.Builder judged = catalog.toBuilder();
    for (VirtualFunction.Builder vf : judged.getFunctionsBuilderList()) {
      String wrong = isDriven(vf.build()) ? wrong(vf, others) : "";
      if (!wrong.isEmpty() && vf.getState() == State.FREE) {
        vf.setState(State.BROKEN).setReason(wrong);
      }
    }
    return judged.build();
  }

  private static String wrong(VirtualFunction.Builder vf, Map<String, String> others) {
    String group = vf.getIommuGroup();
    if (group.isEmpty()) {
      return "has no IOMMU that would keep it to its container's memory; switch the IOMMU on, or"
          + " allow it with PATCHBAY_VFIO_NOIOMMU=true";
    }
    String other = others.getOrDefault(group, "");
    return other.isEmpty() ? "" : "is in IOMMU group " + group + ", in which " + other;
  }

  /**
   * Why a VF cannot be handed over; empty when it can.
   *
   * @param ours all VFs that are known to be parked while they serve nobody
   */
  static String problem(Inventory.Virtual vf, Set<PciAddress> ours) {
    return vf.mates().stream()
        .filter(mate -> vf.problem().isEmpty() && !ours.contains(mate))
        .findFirst()
        .map(mate -> "shares its IOMMU group with " + mate + ", which " + STRANGE)
        .orElse(vf.problem());
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
