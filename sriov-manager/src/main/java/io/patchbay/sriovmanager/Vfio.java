package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.VfVlan;
import io.patchbay.mesh.VfioParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * How containers are given VFs to drive themselves (kernel's {@code
 * Documentation/driver-api/vfio.rst}).
 *
 * @param folder {@code /dev/vfio}, as this process sees it
 * @param withoutIommu whether a VF may be given away whose memory accesses nothing checks
 * @param parkingVlan where such a VF is while it serves no connection, 1 to 4094: its container
 *     could use it at any time, and without a tag reach every VLAN of the port
 */
record Vfio(Path folder, boolean withoutIommu, int parkingVlan) {
  /** The driver that hands a device over. */
  static final String DRIVER = "vfio-pci";

  /** Drivers that leave the rest of a group to containers: they do not use memory. */
  private static final Set<String> HARMLESS = Set.of("", DRIVER, "pci-stub", "pcieport");

  /** What the kernel calls the node of a group that no IOMMU stands behind. */
  private static final String UNCHECKED = "noiommu-";

  /** Whether a container may have the group of a function with this driver. */
  static boolean isHarmless(String driver) {
    return HARMLESS.contains(driver);
  }

  VfVlan parking() {
    return VfVlan.tag(parkingVlan);
  }

  /** How a VF is while it serves no connection. */
  Home.Settings parked(MacAddress mac) {
    return new Home.Settings(mac.toString(), parkingVlan, 0, true);
  }

  /**
   * What the node of a group is called. Empty where no IOMMU keeps the device to its container's
   * memory, unless that is allowed.
   */
  String name(int group) {
    if (!Files.exists(folder.resolve(UNCHECKED + group))) {
      return Integer.toString(group);
    }
    return withoutIommu ? UNCHECKED + group : "";
  }

  /** What a client is told of a VF. Throws {@link Failure} UNAVAILABLE when a node is not there. */
  VfioParameters.Device device(PciAddress vf, String group) {
    return new VfioParameters.Device(vf.toString(), group, node("vfio"), node(group));
  }

  private VfioParameters.Node node(String name) {
    Path file = folder.resolve(name);
    try {
      // as glibc's gnu_dev_major and gnu_dev_minor take a dev_t apart
      long number = (Long) Files.getAttribute(file, "unix:rdev");
      return new VfioParameters.Node(
          (int) (number >> 8 & 0xfff | number >> 32 & ~0xfff),
          (int) (number & 0xff | number >> 12 & ~0xff));
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "there is no device node " + file + ": " + Failure.text(e) + "; is vfio-pci loaded?",
          e);
    }
  }
}
