package io.patchbay.deviceplugin;

import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import java.util.HashSet;
import java.util.Set;

/** What is peculiar to VFs that containers drive themselves, by vfio-pci. Pure. */
final class Vfio {
  /** What every process needs that drives devices itself, whichever they are. */
  static final String CONTAINER = "/dev/vfio/vfio";

  private static final String DRIVER = "vfio-pci";

  private Vfio() {}

  /** Whether a container drives this VF itself, through the device node of its IOMMU group. */
  static boolean isDriven(VirtualFunction vf) {
    return vf.getDriver().equals(DRIVER) && !vf.getIommuGroup().isEmpty();
  }

  /** The device node of a VF's IOMMU group, through which its container drives it. */
  static String node(VirtualFunction vf) {
    return "/dev/vfio/" + vf.getIommuGroup();
  }

  /**
   * The IOMMU groups that a container has something of: who has one of a group can reach all of it,
   * so nobody else may have the rest.
   */
  static Set<String> takenGroups(Iterable<VirtualFunction> all) {
    Set<String> taken = new HashSet<>();
    for (VirtualFunction vf : all) {
      boolean owned = vf.hasOwner() && vf.getState() != State.FREE;
      if (isDriven(vf) && owned) {
        taken.add(vf.getIommuGroup());
      }
    }
    return taken;
  }
}
