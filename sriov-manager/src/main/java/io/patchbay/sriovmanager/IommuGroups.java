package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What follows from IOMMU groups for VFs that containers drive themselves: the IOMMU cannot tell
 * the devices of one group apart, so a group has one kind of driver and one container. Pure.
 */
final class IommuGroups {
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
   * A VF that is in an IOMMU group with one of these.
   *
   * @param wanted what one container is to get
   * @param taken whether somebody has the VF of this address
   */
  static Optional<VirtualFunction> taken(
      Catalog catalog, List<VirtualFunction> wanted, Predicate<String> taken) {
    Set<String> groups = new HashSet<>();
    Set<String> own = new HashSet<>();
    for (VirtualFunction vf : wanted) {
      own.add(vf.getPciAddress());
      if (isDriven(vf) && !vf.getIommuGroup().isEmpty()) {
        groups.add(vf.getIommuGroup());
      }
    }
    return catalog.getFunctionsList().stream()
        .filter(vf -> groups.contains(vf.getIommuGroup()) && !own.contains(vf.getPciAddress()))
        .filter(vf -> taken.test(vf.getPciAddress()))
        .findFirst();
  }
}
