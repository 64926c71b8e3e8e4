package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.netlink.Ifla;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * One NIC as it was bought and plugged in.
 *
 * @param address where the PF sits
 * @param netdev the name of the PF's netdev, short enough that its VFs' default names fit too
 * @param mac the PF's own address
 * @param totalVfs how many VFs it can have, 1 to 256
 * @param model its make
 * @param slot what the machine adds to it
 */
public record NicHardware(
    PciAddress address, String netdev, MacAddress mac, int totalVfs, NicModel model, Slot slot) {
  private static final int VFS_MAX = 256;

  public NicHardware {
    if (totalVfs < 1 || totalVfs > VFS_MAX) {
      throw new Failure(
          Failure.Kind.INVALID,
          "NIC " + address + ": " + totalVfs + " VFs: wanted 1 to " + VFS_MAX);
    }
    String longest = netdev + "v" + (totalVfs - 1);
    if (!longest.matches("[A-Za-z0-9_.-]{3," + Ifla.NAME_MAX + "}")) {
      throw new Failure(
          Failure.Kind.INVALID,
          "NIC "
              + address
              + ": a netdev cannot be called '"
              + longest
              + "': wanted letters,"
              + " digits, dots and dashes, "
              + Ifla.NAME_MAX
              + " at most");
    }
  }

  /** Where VF {@code number} sits. */
  public PciAddress vfAddress(int number) {
    return address.plus(model.routing().offset() + number * model.routing().stride());
  }

  /** The name the netdev of VF {@code number} gets when its driver is bound. */
  public String vfNetdev(int number) {
    return netdev + "v" + number;
  }

  /**
   * The name of the representor of VF {@code number}; before {@link #netdev} in the order of names,
   * as many a real one is.
   */
  public String representor(int number) {
    return "a" + netdev + "_" + number;
  }

  /** The address VF {@code number} has until the PF sets one: locally administered, stable. */
  public MacAddress vfMac(int number) {
    long low = mac.value() & 0xffff_ffffL;
    return new MacAddress(0x06L << 40 | low << 8 | number);
  }

  /**
   * What a machine adds to a NIC.
   *
   * @param numaNode the NUMA node, -1 when unknown
   * @param firstIommuGroup the IOMMU group of the PF, its VFs follow with theirs; absent without an
   *     IOMMU
   * @param vfsPerGroup so many VFs share an IOMMU group, as without access control services
   * @param delays how slow the hardware is
   */
  public record Slot(int numaNode, OptionalInt firstIommuGroup, int vfsPerGroup, Delays delays) {
    /** With a group for each VF. */
    public Slot(int numaNode, OptionalInt firstIommuGroup, Delays delays) {
      this(numaNode, firstIommuGroup, 1, delays);
    }

    /** A slot of NUMA node 0, without IOMMU, with hardware that takes no time. */
    public static final Slot PLAIN = new Slot(0, OptionalInt.empty(), Delays.NONE);
  }

  /** How long a write takes: making VFs, removing them, binding a driver to one. */
  public record Delays(Duration enable, Duration disable, Duration bind) {
    /** No time at all. */
    public static final Delays NONE = new Delays(Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /** The fixed waits of Linux's drivers/pci/iov.c: 100 ms to enable, 1 s to disable. */
    public static final Delays KERNEL =
        new Delays(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ZERO);
  }
}
