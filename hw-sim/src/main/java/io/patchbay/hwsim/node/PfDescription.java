package io.patchbay.hwsim.node;

import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A NIC's physical function: interface name, PCI address, MAC, how many VFs the hardware has room
 * for, its NUMA node (-1 for none), and the entry of NSM's configuration file that offers it.
 */
public record PfDescription(
    String pf, String pci, String mac, int vfs, int numa, PhysicalFunction physicalFunction) {
  private static final Pattern INTERFACE = Pattern.compile("[a-z][a-z0-9]{0,10}");
  private static final Pattern PCI =
      Pattern.compile("[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]");
  private static final Pattern MAC = Pattern.compile("[0-9a-f][02468ace](:[0-9a-f]{2}){5}");

  private static final List<NicModel> MODELS = List.of(NicModel.E810, NicModel.I82576);

  /** The most VFs a simulated PF can have. */
  private static final int VFS_MAX = 128;

  /** One entry of {@code physicalFunctions} as upstream's forwarder reads it. */
  public record PhysicalFunction(
      String pfKernelDriver,
      String vfKernelDriver,
      List<String> capabilities,
      List<String> serviceDomains) {
    public PhysicalFunction(
        @Nullable String pfKernelDriver,
        @Nullable String vfKernelDriver,
        @Nullable List<String> capabilities,
        @Nullable List<String> serviceDomains) {
      this.pfKernelDriver = Check.text("pfKernelDriver", pfKernelDriver);
      this.vfKernelDriver = Check.text("vfKernelDriver", vfKernelDriver);
      this.capabilities = Check.list(capabilities);
      this.serviceDomains = Check.list(serviceDomains);
    }
  }

  public PfDescription(
      @Nullable String pf,
      @Nullable String pci,
      @Nullable String mac,
      int vfs,
      int numa,
      @Nullable PhysicalFunction physicalFunction) {
    this.pf =
        Check.matching("pf", pf, INTERFACE, "an interface name of at most 11 letters and digits");
    this.pci =
        Check.matching("pci", pci, PCI, "a whole lower-case PCI address such as 0000:3b:00.0");
    this.mac =
        Check.matching("mac", mac, MAC, "a lower-case unicast MAC such as 02:00:00:00:01:00");
    this.vfs = Check.within("vfs", vfs, 1, VFS_MAX);
    this.numa = Check.within("numa", numa, -1, 7);
    if (physicalFunction == null) {
      throw Check.wrong("physicalFunction", "is missing");
    }
    this.physicalFunction = physicalFunction;
    model();
  }

  /** The simulated hardware that this is: a NIC of the one make that has these drivers. */
  public NicHardware hardware() {
    return new NicHardware(
        PciAddress.parse(pci),
        pf,
        MacAddress.parse(mac),
        vfs,
        model(),
        new NicHardware.Slot(numa, OptionalInt.empty(), NicHardware.Delays.KERNEL));
  }

  private NicModel model() {
    NicModel.Drivers drivers =
        new NicModel.Drivers(physicalFunction.pfKernelDriver(), physicalFunction.vfKernelDriver());
    return MODELS.stream()
        .filter(model -> model.drivers().equals(drivers))
        .findFirst()
        .orElseThrow(() ->
            Check.wrong(
                "physicalFunction",
                "has drivers of no make there is: %s, %s; there are %s"
                    .formatted(
                        drivers.pf(),
                        drivers.vf(),
                        MODELS.stream().map(NicModel::drivers).toList())));
  }
}
