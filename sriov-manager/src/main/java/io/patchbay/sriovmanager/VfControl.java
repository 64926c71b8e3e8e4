package io.patchbay.sriovmanager;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfState;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What PFs are told about their VFs, and whether they did it: drivers answer before the NIC has
 * acted, so everything is read back. What is so already is not written. Each PF is spoken to over
 * an endpoint of its own, so that one that hangs holds up no other. Safe for all threads.
 */
final class VfControl implements AutoCloseable {
  private static final Duration READ_BACK = Duration.ofSeconds(2);

  private final Supplier<VirtualFunctions> door;
  private final Omission omission;
  private final Map<String, VirtualFunctions> doors = new ConcurrentHashMap<>();

  /**
   * @param door opens a way to the PFs, for one of them
   */
  VfControl(Supplier<VirtualFunctions> door, Omission omission) {
    this.door = door;
    this.omission = omission;
  }

  private VirtualFunctions to(String pfName) {
    return doors.computeIfAbsent(pfName, unused -> door.get());
  }

  /** A VF as its PF knows it. */
  record Place(String pfName, int number) {
    @Override
    public String toString() {
      return "VF " + number + " of " + pfName;
    }
  }

  /** A PF's interface. */
  Link pf(String pfName) {
    return to(pfName).physicalFunction(pfName);
  }

  /** The hardware address of a PF. */
  MacAddress pfMac(String pfName) {
    return pf(pfName).mac();
  }

  /** How the VF is set now. */
  Home.Settings read(Place vf) {
    VfState state = state(vf);
    return new Home.Settings(
        state.mac().toString(), state.vlan().id(), state.vlan().qos(), state.spoofCheck());
  }

  private VfState state(Place vf) {
    return to(vf.pfName()).read(index(vf), vf.number());
  }

  private int index(Place vf) {
    return to(vf.pfName()).physicalFunction(vf.pfName()).index();
  }

  /** Before a VF is lent: its address is fixed and only frames from it pass. */
  void configure(Place vf, MacAddress mac) {
    mac(vf, mac);
    spoofCheck(vf, true);
  }

  /** Puts the VF on a VLAN. */
  void tag(Place vf, VfVlan vlan) {
    if (!omission.omits(Omission.Action.TAG)) {
      vlan(vf, vlan);
    }
  }

  /** Takes the VF off its VLAN. */
  void untag(Place vf) {
    vlan(vf, VfVlan.NONE);
  }

  /** Puts everything back, and makes sure that it is so. */
  void reset(Place vf, Home.Settings home) {
    vlan(vf, new VfVlan(home.vlan(), home.qos(), VfVlan.Protocol.DOT1Q));
    mac(vf, home.macAddress());
    spoofCheck(vf, home.spoofCheck());
  }

  private void vlan(Place vf, VfVlan vlan) {
    Predicate<VfState> done =
        state -> state.vlan().id() == vlan.id() && state.vlan().qos() == vlan.qos();
    ensure(vf, "VLAN " + vlan.id(), done, (pfs, index) -> pfs.vlan(index, vf.number(), vlan));
  }

  private void mac(Place vf, MacAddress mac) {
    Predicate<VfState> done = state -> state.mac().equals(mac);
    ensure(vf, "MAC " + mac, done, (pfs, index) -> pfs.mac(index, vf.number(), mac));
  }

  private void spoofCheck(Place vf, boolean on) {
    Predicate<VfState> done = state -> state.spoofCheck() == on;
    ensure(vf, "spoof check " + on, done, (pfs, index) -> pfs.spoofCheck(index, vf.number(), on));
  }

  /** One change, given the index of the PF's link. */
  @FunctionalInterface
  private interface Change {
    void make(VirtualFunctions pfs, int pf);
  }

  private void ensure(Place vf, String what, Predicate<VfState> done, Change change) {
    VirtualFunctions pfs = to(vf.pfName());
    int pf = index(vf);
    if (done.test(pfs.read(pf, vf.number()))) {
      return;
    }
    change.make(pfs, pf);
    if (!Await.comesTrue(READ_BACK, () -> done.test(pfs.read(pf, vf.number())))) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          vf + " took " + what + " but reads back as " + pfs.read(pf, vf.number()));
    }
  }

  @Override
  public void close() {
    doors.values().forEach(VirtualFunctions::close);
  }
}
