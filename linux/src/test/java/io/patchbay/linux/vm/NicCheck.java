package io.patchbay.linux.vm;

import java.util.function.Consumer;

/** What must hold on a NIC of a real kernel, in the order in which it is tried. */
enum NicCheck {
  PF_IS_FOUND("the PF is found, with 7 possible VFs", NicChecks::pfIsFound),
  TOO_MANY("more VFs than the NIC has are ERANGE", NicChecks::tooMany),
  VFS_APPEAR("7 VFs appear, and with autoprobe off none has a driver", NicChecks::vfsAppear),
  BUSY("another number of VFs while some exist is EBUSY", NicChecks::numberIsBusy),
  PROBE_ALONE("drivers_probe alone does nothing, and says it did", NicChecks::probeAlone),
  MAC("a VF's MAC address is set and read back", NicChecks::macIsSet),
  BIND("driver_override binds igbvf, and its link has the MAC address", NicChecks::driverBinds),
  BIND_REFUSED("a driver that does not take a VF is noticed", NicChecks::foreignDriver),
  MOVE("a VF goes into a namespace under a new name by one message", NicChecks::moves),
  DATA_PLANE("the emulated NIC moves frames between VFs", NicChecks::framesMove),
  VLAN("a VF's VLAN and priority are set and read back", NicChecks::vlanIsSet),
  SAME_VLAN("VFs of one VLAN reach each other", NicChecks::sameVlan),
  OTHER_VLAN("VFs of different VLANs do not", NicChecks::otherVlan),
  UNABLE("what the NIC cannot do is refused, each with its error", NicChecks::unable),
  NO_SUCH_VF(
      "a VF that does not exist is EINVAL; a MAC address can be taken back", NicChecks::noSuchVf),
  COME_HOME(
      "VFs come home when their namespaces end, under their new name or a free one",
      NicChecks::namespacesEnd),
  SETTINGS_STAY("what was set for a VF outlives its namespace", NicChecks::settingsStay),
  VFIO("vfio-pci takes a VF, whose group has a device node", NicChecks::vfio),
  RESET("a VF without a driver is reset, and keeps its settings", NicChecks::resets),
  REMOVE("without VFs nothing is left, also of one in a namespace", NicChecks::allGo);

  private final String meaning;
  private final Consumer<NicChecks> body;

  NicCheck(String meaning, Consumer<NicChecks> body) {
    this.meaning = meaning;
    this.body = body;
  }

  /** The sentence that a reader of the report sees. */
  String meaning() {
    return meaning;
  }

  void run(NicChecks checks) {
    body.accept(checks);
  }
}
