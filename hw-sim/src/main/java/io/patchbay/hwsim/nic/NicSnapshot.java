package io.patchbay.hwsim.nic;

import io.patchbay.linux.PciAddress;
import java.util.List;
import java.util.Optional;

/**
 * A NIC at one moment, for pictures and checks.
 *
 * @param nic what it was built from
 * @param binding the PF's driver and netdev
 * @param carrier whether its cable has carrier
 * @param vfs its VFs by number
 */
public record NicSnapshot(NicHardware nic, Binding binding, boolean carrier, List<VfSnapshot> vfs) {
  public NicSnapshot {
    vfs = List.copyOf(vfs);
  }

  /** The driver of a function, if it has one, and its netdev, if the driver is a network driver. */
  public record Binding(Optional<String> driver, Optional<NetdevPlace> netdev) {}

  /**
   * A VF.
   *
   * @param number its number at its PF, as in {@code virtfnN} and in netlink
   * @param address where it sits on the bus
   * @param binding its driver and netdev
   * @param settings what its PF has set
   * @param defaultMac whether its address is the one it had before the PF set any
   * @param counters what it has counted
   */
  public record VfSnapshot(
      int number,
      PciAddress address,
      Binding binding,
      VfSettings settings,
      boolean defaultMac,
      VfCounters counters) {}
}
