package io.patchbay.hwsim.nic;

import java.util.Set;

/**
 * What all NICs of one make have in common.
 *
 * @param ids what the PCI configuration space says
 * @param drivers the kernel drivers that fit
 * @param routing where the VFs sit on the bus
 * @param features what its drivers offer beside interfaces
 */
public record NicModel(Ids ids, Drivers drivers, Routing routing, Set<Feature> features) {
  /** A 100 Gbit/s NIC as Intel's E810-C with its VFs (ids of the Linux drivers ice and iavf). */
  public static final NicModel E810 =
      new NicModel(new Ids(0x8086, 0x1592, 0x1889), new Drivers("ice", "iavf"), new Routing(8, 1));

  /** The NIC that QEMU emulates, Intel's 82576 (ids of the Linux drivers igb and igbvf). */
  public static final NicModel I82576 =
      new NicModel(
          new Ids(0x8086, 0x10c9, 0x10ca), new Drivers("igb", "igbvf"), new Routing(0x80, 2));

  /**
   * A NIC with RDMA as Nvidia's ConnectX-6 Dx, whose VFs have the PF's driver (ids of the Linux
   * driver mlx5_core).
   */
  public static final NicModel CONNECTX_6 =
      new NicModel(
          new Ids(0x15b3, 0x101d, 0x101e),
          new Drivers("mlx5_core", "mlx5_core"),
          new Routing(2, 1),
          Set.of(Feature.RDMA));

  /** The same in switchdev mode. */
  public static final NicModel CONNECTX_6_SWITCHDEV =
      new NicModel(
          CONNECTX_6.ids,
          CONNECTX_6.drivers,
          CONNECTX_6.routing,
          Set.of(Feature.RDMA, Feature.SWITCHDEV));

  /** What not every make has. */
  public enum Feature {
    /** A function whose network driver is bound has an RDMA device in sysfs; nothing uses it. */
    RDMA,
    /**
     * Each VF has a representor in the first namespace, as in switchdev mode. No frame passes it:
     * those of the VFs go where they go in legacy mode.
     */
    SWITCHDEV
  }

  public NicModel {
    features = Set.copyOf(features);
  }

  /** A make that has nothing beside interfaces. */
  public NicModel(Ids ids, Drivers drivers, Routing routing) {
    this(ids, drivers, routing, Set.of());
  }

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
