package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three functions in one IOMMU group, in a tree of plain files. */
class VfioGroupTest {
  private static final PciAddress VF = PciAddress.parse("0000:3b:01.0");
  private static final PciAddress MATE = PciAddress.parse("0000:3b:01.1");
  private static final PciAddress BRIDGE = PciAddress.parse("0000:3a:00.0");

  @TempDir Path bus;

  @BeforeEach
  void plugIn() throws IOException {
    Path members = Files.createDirectories(bus.resolve("groups/7/devices"));
    for (PciAddress each : new PciAddress[] {VF, MATE, BRIDGE}) {
      Files.createDirectories(at(each));
      Files.createSymbolicLink(at(each).resolve("iommu_group"), bus.resolve("groups/7"));
      Files.createSymbolicLink(members.resolve(each.toString()), at(each));
    }
    Files.createDirectories(bus.resolve("drivers"));
    driver(BRIDGE, "pcieport");
  }

  private Path at(PciAddress address) {
    return bus.resolve("devices").resolve(address.toString());
  }

  private void driver(PciAddress address, String name) throws IOException {
    Files.createDirectories(bus.resolve("drivers/" + name));
    Files.deleteIfExists(at(address).resolve("driver"));
    Files.createSymbolicLink(at(address).resolve("driver"), bus.resolve("drivers/" + name));
  }

  private String refusal() {
    try (NetworkNamespace home = NetworkNamespace.own()) {
      PciSysfs sysfs = new PciSysfs(bus.resolve("devices"), bus.resolve("drivers"));
      VfControl control =
          new VfControl(
              () -> {
                throw new IllegalStateException("no PF here has an interface");
              },
              Omission.NONE);
      Vfio vfio = new Vfio(bus.resolve("vfio"), false, 4094);
      Wiring wiring = new Wiring(CableMap.NONE, "node-1", home, Time.system());
      VfInterfaces interfaces = new VfInterfaces(sysfs, home);
      Nics nics =
          new Nics(sysfs, control, interfaces, vfio, new NodeDevices(bus), Omission.NONE, wiring);
      return Failure.text(assertThrows(Failure.class, () -> nics.lookAndPark(VF)));
    }
  }

  @Test
  void whatTheKernelDrivesInTheGroupIsNotHandedOver() throws IOException {
    driver(VF, "iavf");
    assertEquals(VF + " has driver 'iavf', but a container needs vfio-pci to drive it", refusal());
    driver(VF, "vfio-pci");
    driver(MATE, "iavf");
    assertEquals(
        VF + " shares its IOMMU group with " + MATE + ", which has driver iavf", refusal());
    driver(MATE, "vfio-pci");
    String next = refusal();
    assertTrue(next.contains("no device node"), next + ": the bridge does no harm");
  }
}
