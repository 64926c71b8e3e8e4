package io.patchbay.hwsim.nic;

/**
 * What all NICs of one make have in common.
 *
 * @param ids what the PCI configuration space says
 * @param drivers the kernel drivers that fit
 * @param routing where the VFs sit on the bus
 */
public record NicModel(Ids ids, Drivers drivers, Routing routing) {
  /** A 100 Gbit/s NIC as Intel's E810-C with its VFs (ids of the Linux drivers ice and iavf). */
  public static final NicModel E810 =
      new NicModel(new Ids(0x8086, 0x1592, 0x1889), new Drivers("ice", "iavf"), new Routing(8, 1));

  /** The NIC that QEMU emulates, Intel's 82576 (ids of the Linux drivers igb and igbvf). */
  public static final NicModel I82576 =
      new NicModel(
          new Ids(0x8086, 0x10c9, 0x10ca), new Drivers("igb", "igbvf"), new Routing(0x80, 2));

  /** The make that these drivers are known for, or one like {@link #E810} with these drivers. */
  public static NicModel drivenBy(Drivers drivers) {
    return drivers.equals(I82576.drivers) ? I82576 : new NicModel(E810.ids, drivers, E810.routing);
  }

  /** Vendor, device, and the device id of VFs; 16 bits each. */
  public record Ids(int vendor, int device, int vfDevice) {}

  /** The names of the network drivers of the PF and of its VFs. */
  public record Drivers(String pf, String vf) {}

  /**
   * The routing id of VF n is that of the PF plus {@code offset + n * stride} (PCI Express base
   * specification, SR-IOV capability: First VF Offset, VF Stride).
   */
  public record Routing(int offset, int stride) {}
}
