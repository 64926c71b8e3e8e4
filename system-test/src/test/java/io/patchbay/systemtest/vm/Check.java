package io.patchbay.systemtest.vm;

import java.util.function.Consumer;

/** What must hold on a stock kernel, in the order in which it is tried. */
enum Check {
  PF_IS_FOUND("the PF is found, with 7 possible VFs", nic(NicChecks::pfIsFound)),
  TOO_MANY("more VFs than the NIC has are ERANGE", nic(NicChecks::tooMany)),
  VFS_APPEAR("7 VFs appear, and with autoprobe off none has a driver", nic(NicChecks::vfsAppear)),
  BUSY("another number of VFs while some exist is EBUSY", nic(NicChecks::numberIsBusy)),
  PROBE_ALONE("drivers_probe alone does nothing, and says it did", nic(NicChecks::probeAlone)),
  MAC("a VF's MAC address is set and read back", nic(NicChecks::macIsSet)),
  BIND(
      "driver_override binds igbvf, and its link has the MAC address", nic(NicChecks::driverBinds)),
  BIND_REFUSED("a driver that does not take a VF is noticed", nic(NicChecks::foreignDriver)),
  MOVE("a VF goes into a namespace under a new name by one message", nic(NicChecks::moves)),
  DATA_PLANE("the emulated NIC moves frames between VFs", nic(NicChecks::framesMove)),
  VLAN("a VF's VLAN and priority are set and read back", nic(NicChecks::vlanIsSet)),
  SAME_VLAN("VFs of one VLAN reach each other", nic(NicChecks::sameVlan)),
  OTHER_VLAN("VFs of different VLANs do not", nic(NicChecks::otherVlan)),
  UNABLE("what the NIC cannot do is refused, each with its error", nic(NicChecks::unable)),
  NO_SUCH_VF(
      "a VF that does not exist is EINVAL; a MAC address can be taken back",
      nic(NicChecks::noSuchVf)),
  COME_HOME(
      "VFs come home when their namespaces end, under their new name or a free one",
      nic(NicChecks::namespacesEnd)),
  SETTINGS_STAY("what was set for a VF outlives its namespace", nic(NicChecks::settingsStay)),
  VFIO("vfio-pci takes a VF, whose group has a device node", nic(NicChecks::vfio)),
  RESET("a VF without a driver is reset, and keeps its settings", nic(NicChecks::resets)),
  REMOVE("without VFs nothing is left, also of one in a namespace", nic(NicChecks::allGo)),
  SETTINGS("netdevsim: every setting of a VF is made and read back", settings(SettingsChecks::all)),
  SETTINGS_REFUSED(
      "netdevsim: what no VF can have is EINVAL", settings(SettingsChecks::impossible)),
  MANAGER("sriov-manager makes 7 VFs, binds and offers them", manager(ManagerChecks::starts)),
  KILLED_BEFORE(
      "kill -9 while the switch is asked: its successor puts the VF back",
      manager(ManagerChecks::killedBefore)),
  KILLED_AMIDST(
      "kill -9 as the VF is tagged: a client that asks again is served",
      manager(ManagerChecks::killedAmidst)),
  CONNECTED(
      "another pod gets a VF of the same VLAN, and one reaches the other",
      manager(ManagerChecks::connects)),
  CABLE(
      "without a cable no VF is offered and those in use are at fault, until it is back",
      manager(ManagerChecks::cableComesAndGoes)),
  CONTAINER_DRIVEN(
      "a VF with vfio-pci is parked, put on its service's VLAN, and parked again",
      manager(ManagerChecks::containerDriven)),
  KILLED("kill -9 while VFs are in pods: what they carry goes on", manager(ManagerChecks::killed)),
  POD_GONE(
      "a VF whose pod went while no manager ran is as it was before",
      manager(ManagerChecks::podIsGone)),
  STAYED("the other pod still has its VF", manager(ManagerChecks::otherStays)),
  CLOSED("after Close the VF is as it was before", manager(ManagerChecks::closes)),
  RENEWED("VFs were reset after their pods and then serve again", manager(ManagerChecks::reset)),
  KILLED_BEFORE_RESET(
      "kill -9 after Close has brought a VF home: its successor resets it, and it is free",
      manager(ManagerChecks::killedBeforeReset)),
  KILLED_IN_RESET(
      "kill -9 while the kernel resets a VF: its successor gives it its driver and frees it",
      manager(ManagerChecks::killedInReset));

  private final String meaning;
  private final Consumer<Guest.Subjects> body;

  Check(String meaning, Consumer<Guest.Subjects> body) {
    this.meaning = meaning;
    this.body = body;
  }

  private static Consumer<Guest.Subjects> nic(Consumer<NicChecks> check) {
    return subjects -> check.accept(subjects.nic());
  }

  private static Consumer<Guest.Subjects> settings(Consumer<SettingsChecks> check) {
    return subjects -> check.accept(subjects.settings());
  }

  private static Consumer<Guest.Subjects> manager(Consumer<ManagerChecks> check) {
    return subjects -> check.accept(subjects.manager());
  }

  /** The sentence that a reader of the report sees. */
  String meaning() {
    return meaning;
  }

  void run(Guest.Subjects subjects) {
    body.accept(subjects);
  }
}
