package io.patchbay.hwsim.nic;

import static io.patchbay.hwsim.nic.Samples.NIC;
import static io.patchbay.hwsim.nic.Samples.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.nic.SysfsNode.Both;
import io.patchbay.hwsim.nic.SysfsNode.Directory;
import io.patchbay.hwsim.nic.SysfsNode.Readable;
import io.patchbay.hwsim.nic.SysfsNode.SymbolicLink;
import io.patchbay.hwsim.nic.SysfsNode.Writable;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.sys.Errno;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the tree shows and how it reacts, without a mount. */
class SysfsTreeTest {
  private static final NicHardware OLD =
      new NicHardware(
          PciAddress.parse("0000:5e:00.0"),
          "old0",
          Samples.OUTSIDE,
          7,
          NicModel.I82576,
          new NicHardware.Slot(1, OptionalInt.of(40), NicHardware.Delays.NONE));

  private static final String PF = "/devices/0000:3b:00.0";
  private static final String VF2 = "/devices/0000:3b:01.2";

  private final FakeNetdevs netdevs = new FakeNetdevs();
  private final Cable cable = new Cable("one");
  private final Cable second = new Cable("two");
  private final MachineNics nics =
      MachineNics.withoutEdges(
          List.of(
              new MachineNics.Plugged(NIC, cable.nicEnd()),
              new MachineNics.Plugged(OLD, second.nicEnd())),
          netdevs);
  private final SysfsTree tree = nics.sysfs();

  @AfterEach
  void close() {
    nics.close();
    cable.close();
    second.close();
  }

  private String show(String path) {
    SysfsNode node = tree.find(path).orElseThrow(() -> new AssertionError("no " + path));
    return switch (node) {
      case Readable(var text) -> text.get();
      case Both(var text, var _) -> text.get();
      case SymbolicLink(String target) -> "-> " + target;
      case Directory _, Writable _ -> throw new AssertionError(path + " has no text");
    };
  }

  private void write(String path, String text) {
    SysfsNode node = tree.find(path).orElseThrow(() -> new AssertionError("no " + path));
    switch (node) {
      case Writable(var store) -> store.accept(text);
      case Both(var _, var store) -> store.accept(text);
      case Readable _, SymbolicLink _, Directory _ -> throw new AssertionError(path);
    }
  }

  private boolean exists(String path) {
    return tree.find(path).isPresent();
  }

  @Test
  void thePfAtBoot() {
    assertEquals(
        """
        0x8086
        0x1592
        0x020000
        0
        16
        0
        8
        1
        1889
        1
        (null)
        -> ../../drivers/ice
        """,
        show(PF + "/vendor")
            + show(PF + "/device")
            + show(PF + "/class")
            + show(PF + "/numa_node")
            + show(PF + "/sriov_totalvfs")
            + show(PF + "/sriov_numvfs")
            + show(PF + "/sriov_offset")
            + show(PF + "/sriov_stride")
            + show(PF + "/sriov_vf_device")
            + show(PF + "/sriov_drivers_autoprobe")
            + show(PF + "/driver_override")
            + show(PF + "/driver")
            + "\n");
    assertEquals(List.of("pf0"), tree.list(PF + "/net"));
    assertFalse(exists(PF + "/iommu_group"));
  }

  @Test
  void writingACountMakesVfsWithTheirLinks() {
    write(PF + "/sriov_numvfs", "16\n");
    assertEquals("16\n", show(PF + "/sriov_numvfs"));
    assertEquals("-> ../0000:3b:01.0", show(PF + "/virtfn0"));
    assertEquals("-> ../0000:3b:02.2", show(PF + "/virtfn10"));
    assertEquals("-> ../0000:3b:00.0", show("/devices/0000:3b:02.2/physfn"));
    assertEquals("0x1889\n", show("/devices/0000:3b:02.2/device"));
    assertEquals(List.of("pf0v10"), tree.list("/devices/0000:3b:02.2/net"));
    assertFalse(exists(PF + "/virtfn16"));
    assertFalse(exists(VF2 + "/sriov_numvfs"));
  }

  @Test
  void offsetAndStrideOfTheOtherMake() {
    write("/devices/0000:5e:00.0/sriov_numvfs", "4");
    assertEquals("-> ../0000:5e:10.6", show("/devices/0000:5e:00.0/virtfn3"));
    assertEquals("-> ../../iommu_groups/40", show("/devices/0000:5e:00.0/iommu_group"));
    assertEquals("-> ../../iommu_groups/44", show("/devices/0000:5e:10.6/iommu_group"));
    assertTrue(exists("/iommu_groups/44"));
    assertEquals("1\n", show("/devices/0000:5e:10.6/numa_node"));
  }

  @Test
  void wrongCountsAreRefusedAsTheKernelRefusesThem() {
    assertRefused(Errno.EINVAL, () -> write(PF + "/sriov_numvfs", "many"));
    assertRefused(Errno.ERANGE, () -> write(PF + "/sriov_numvfs", "17"));
    write(PF + "/sriov_numvfs", "4");
    write(PF + "/sriov_numvfs", "4");
    assertRefused(Errno.EBUSY, () -> write(PF + "/sriov_numvfs", "5"));
    assertEquals("4\n", show(PF + "/sriov_numvfs"));
    write(PF + "/sriov_numvfs", "0");
    assertFalse(exists(PF + "/virtfn0"));
    assertFalse(exists(VF2));
    assertEquals(List.of("pf0", "old0"), List.copyOf(netdevs.open.keySet()));
    write(PF + "/sriov_numvfs", "5");
    write("/drivers/ice/unbind", "0000:3b:00.0");
    assertEquals("0\n", show(PF + "/sriov_numvfs"));
    assertRefused(Errno.ENOENT, () -> write(PF + "/sriov_numvfs", "5"));
  }

  @Test
  void withoutAutoprobeAProbeSucceedsAndBindsNothing() {
    write(PF + "/sriov_drivers_autoprobe", "0");
    write(PF + "/sriov_numvfs", "4");
    write("/drivers_probe", "0000:3b:01.2");
    assertFalse(exists(VF2 + "/driver"));
    assertFalse(exists(VF2 + "/net"));
    assertRefused(Errno.ENODEV, () -> write("/drivers/iavf/bind", "0000:3b:01.2"));
    write(VF2 + "/driver_override", "iavf\n");
    write("/drivers_probe", "0000:3b:01.2\n");
    assertEquals("-> ../../drivers/iavf", show(VF2 + "/driver"));
    assertEquals("-> ../../devices/0000:3b:01.2", show("/drivers/iavf/0000:3b:01.2"));
    assertEquals(List.of("pf0v2"), tree.list(VF2 + "/net"));
  }

  @Test
  void anOverrideIsTheOnlyDriverThatFits() {
    write(PF + "/sriov_numvfs", "4");
    write("/drivers/iavf/unbind", "0000:3b:01.2");
    assertFalse(exists(VF2 + "/net"));
    assertRefused(Errno.ENODEV, () -> write("/drivers/vfio-pci/bind", "0000:3b:01.2"));
    write(VF2 + "/driver_override", "vfio-pci\n");
    assertEquals("vfio-pci\n", show(VF2 + "/driver_override"));
    assertRefused(Errno.ENODEV, () -> write("/drivers/iavf/bind", "0000:3b:01.2"));
    write("/drivers/vfio-pci/bind", "0000:3b:01.2");
    assertEquals("-> ../../drivers/vfio-pci", show(VF2 + "/driver"));
    assertFalse(exists(VF2 + "/net"));
    write("/drivers/vfio-pci/unbind", "0000:3b:01.2");
    write(VF2 + "/driver_override", "\n");
    assertEquals("(null)\n", show(VF2 + "/driver_override"));
    write("/drivers_probe", "0000:3b:01.2");
    assertEquals(List.of("pf0v2"), tree.list(VF2 + "/net"));
  }

  @Test
  void bindAndUnbindRefuse() {
    write(PF + "/sriov_numvfs", "4");
    assertRefused(Errno.EBUSY, () -> write("/drivers/iavf/bind", "0000:3b:01.2"));
    assertRefused(Errno.ENODEV, () -> write("/drivers/ice/bind", "0000:3b:01.2"));
    assertRefused(Errno.ENODEV, () -> write("/drivers/iavf/bind", "0000:3b:1f.0"));
    assertRefused(Errno.ENODEV, () -> write("/drivers/ice/unbind", "0000:3b:01.2"));
    assertRefused(Errno.ENODEV, () -> write("/drivers_probe", "nonsense"));
  }

  @Test
  void aNewIdTakesWhatNobodyHas() {
    write(PF + "/sriov_drivers_autoprobe", "1");
    write(PF + "/sriov_numvfs", "1");
    write("/drivers/iavf/unbind", "0000:3b:01.0");
    assertRefused(Errno.EINVAL, () -> write("/drivers/vfio-pci/new_id", "8086"));
    write("/drivers/vfio-pci/new_id", "8086 1889");
    assertEquals("-> ../../drivers/vfio-pci", show("/devices/0000:3b:01.0/driver"));
    write("/drivers/vfio-pci/remove_id", "8086 1889");
    assertRefused(Errno.ENODEV, () -> write("/drivers/vfio-pci/remove_id", "8086 1889"));
  }

  @Test
  void aNetdevElsewhereLeavesItsFolderEmpty() {
    write(PF + "/sriov_numvfs", "4");
    netdevs.named("pf0v2").place = new NetdevPlace("eth0", false, 77);
    assertEquals(List.of(), tree.list(VF2 + "/net"));
    netdevs.named("pf0v2").place = new NetdevPlace("eth0", true, FakeNetdevs.HOME);
    assertEquals(List.of("eth0"), tree.list(VF2 + "/net"));
  }

  @Test
  void aMakeWithRdmaInSwitchdevModeShowsBoth() {
    NicHardware nic =
        new NicHardware(
            NIC.address(), "pf0", NIC.mac(), 4, NicModel.CONNECTX_6_SWITCHDEV, NIC.slot());
    try (Cable other = new Cable("three");
        MachineNics those =
            MachineNics.withoutEdges(
                List.of(new MachineNics.Plugged(nic, other.nicEnd())), new FakeNetdevs())) {
      SysfsTree shown = those.sysfs();
      assertEquals(List.of("pf0"), shown.list(PF + "/net"));
      Both count = (Both) shown.find(PF + "/sriov_numvfs").orElseThrow();
      count.store().accept("2");
      String vf = "/devices/0000:3b:00.3";
      assertEquals(List.of("pf0", "apf0_0", "apf0_1"), shown.list(PF + "/net"));
      assertEquals("p0\n", text(shown, PF + "/net/pf0/phys_port_name"));
      assertEquals("pf0vf1\n", text(shown, PF + "/net/apf0_1/phys_port_name"));
      assertEquals(
          text(shown, PF + "/net/pf0/phys_switch_id"),
          text(shown, PF + "/net/apf0_1/phys_switch_id"));
      assertEquals(List.of("pf0v1"), shown.list(vf + "/net"));
      assertEquals(List.of("mlx5_15107"), shown.list(vf + "/infiniband"));
      assertEquals(List.of("uverbs15107"), shown.list(vf + "/infiniband_verbs"));
      assertEquals(List.of("umad15107", "issm15107"), shown.list(vf + "/infiniband_mad"));
      Writable unbind = (Writable) shown.find("/drivers/mlx5_core/unbind").orElseThrow();
      unbind.store().accept("0000:3b:00.3");
      assertFalse(shown.find(vf + "/infiniband").isPresent());
      assertEquals(3, shown.list(PF + "/net").size(), "a VF has its port without a driver");
      count.store().accept("0");
      assertEquals(List.of("pf0"), shown.list(PF + "/net"));
    }
    assertFalse(exists(PF + "/infiniband"));
  }

  private static String text(SysfsTree shown, String path) {
    return ((Readable) shown.find(path).orElseThrow()).text().get();
  }

  @Test
  void aResetTakesOneOnly() {
    write(PF + "/sriov_numvfs", "4");
    write("/drivers/iavf/unbind", "0000:3b:01.2");
    write(VF2 + "/reset", "1\n");
    assertRefused(Errno.EINVAL, () -> write(VF2 + "/reset", "2"));
  }

  @Test
  void delaysAreKeptWithinTheWrite() {
    NicHardware slow =
        new NicHardware(
            NIC.address(),
            "pf0",
            NIC.mac(),
            4,
            NicModel.E810,
            new NicHardware.Slot(0, OptionalInt.empty(), NicHardware.Delays.KERNEL));
    FakeTime time = new FakeTime();
    long start = time.nanos();
    PciBus bus = new PciBus(List.of(slow), time, new Indifferent());
    bus.start();
    Thread writer = Thread.ofPlatform().start(() -> bus.numVfs(slow, "4"));
    assertEquals(1, bus.functions().size());
    Await.until(
        "the write has ended",
        Duration.ofSeconds(10),
        () -> {
          time.advance(Duration.ofMillis(50));
          return !writer.isAlive();
        });
    assertEquals(5, bus.functions().size());
    assertTrue(time.nanos() - start >= Duration.ofMillis(100).toNanos());
  }

  private static final class Indifferent implements PciBus.DriverWatcher {
    @Override
    public void bound(PciFunction function) {}

    @Override
    public void unbound(PciFunction function) {}

    @Override
    public void appeared(PciFunction vf) {}

    @Override
    public void vanished(PciFunction vf) {}
  }
}
