package io.patchbay.hwsim.nic;

import io.patchbay.linux.PciAddress;
import java.util.Optional;

/**
 * One function on the bus, at one moment.
 *
 * @param address where it sits
 * @param ids its vendor and device
 * @param driver the driver it is bound to
 * @param override the only driver that may take it; empty for any that knows its ids
 * @param role PF or VF
 */
record PciFunction(
    PciAddress address, DeviceIds ids, Optional<String> driver, String override, Role role) {

  /** What drivers match on; 16 bits each. */
  record DeviceIds(int vendor, int device) {}

  /** What a function is to its NIC. */
  sealed interface Role {}

  /**
   * The PF.
   *
   * @param nic what it was built from
   * @param numVfs how many VFs it has now
   * @param autoprobe whether drivers take new VFs unasked ({@code sriov_drivers_autoprobe})
   */
  record Physical(NicHardware nic, int numVfs, boolean autoprobe) implements Role {}

  /** VF {@code number} of the PF at {@code pf}. */
  record Virtual(NicHardware nic, int number) implements Role {}

  static PciFunction physical(NicHardware nic) {
    NicModel.Ids ids = nic.model().ids();
    return new PciFunction(
        nic.address(),
        new DeviceIds(ids.vendor(), ids.device()),
        Optional.empty(),
        "",
        new Physical(nic, 0, true));
  }

  static PciFunction virtual(NicHardware nic, int number) {
    NicModel.Ids ids = nic.model().ids();
    return new PciFunction(
        nic.vfAddress(number),
        new DeviceIds(ids.vendor(), ids.vfDevice()),
        Optional.empty(),
        "",
        new Virtual(nic, number));
  }

  /** The NIC it is a part of. */
  NicHardware nic() {
    return switch (role) {
      case Physical physical -> physical.nic();
      case Virtual virtual -> virtual.nic();
    };
  }

  PciFunction with(Optional<String> newDriver) {
    return new PciFunction(address, ids, newDriver, override, role);
  }

  PciFunction withOverride(String newOverride) {
    return new PciFunction(address, ids, driver, newOverride, role);
  }

  PciFunction with(Role newRole) {
    return new PciFunction(address, ids, driver, override, newRole);
  }
}
