package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciFunction;
import io.patchbay.linux.PciSysfs;
import io.patchbay.sriovmanager.VfControl.Place;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The NICs of this node: what they are, and what is done to one VF. Nothing here remembers
 * anything; the ledger does. Safe for all threads, as long as one VF has one caller.
 */
final class Hardware {
  private static final Logger log = LoggerFactory.getLogger(Hardware.class);

  /** About half a second per VF has been seen (peers/sriov.md part e). */
  private static final Duration CREATION = Duration.ofMinutes(2);

  private final PciSysfs sysfs;
  private final VfControl control;
  private final VfInterfaces interfaces;
  private final Omission omission;

  Hardware(PciSysfs sysfs, VfControl control, VfInterfaces interfaces, Omission omission) {
    this.sysfs = sysfs;
    this.control = control;
    this.interfaces = interfaces;
    this.omission = omission;
  }

  // ---- all of it ----

  /** Looks at a PF and its VFs; empty when there is none. */
  Optional<Inventory.Physical> find(PciAddress pf) {
    return sysfs.find(pf).map(this::physical);
  }

  private Inventory.Physical physical(PciFunction pf) {
    PciFunction.Role.Physical role =
        pf.physical().orElse(new PciFunction.Role.Physical(0, 0, new TreeMap<>()));
    List<Inventory.Virtual> vfs =
        role.virtualFunctions().entrySet().stream()
            .flatMap(entry ->
                sysfs.find(entry.getValue()).map(vf -> virtual(entry.getKey(), vf)).stream())
            .toList();
    return new Inventory.Physical(
        pf.address(),
        pf.binding().driver().orElse(""),
        port(pf),
        role.totalVfs(),
        pf.placement().numaNode().orElse(-1),
        vfs);
  }

  private static Inventory.Virtual virtual(int number, PciFunction vf) {
    var group = vf.placement().iommuGroup();
    return new Inventory.Virtual(
        vf.address(),
        number,
        vf.binding().driver().orElse(""),
        group.isPresent() ? Integer.toString(group.getAsInt()) : "");
  }

  private Inventory.Port port(PciFunction pf) {
    if (pf.interfaces().isEmpty()) {
      return new Inventory.Port("", "");
    }
    String name = pf.interfaces().getFirst();
    return new Inventory.Port(name, control.pfMac(name).toString());
  }

  /** Carries out a step of the plan. Throws {@link Failure} when the kernel refuses. */
  void apply(Plan.Step step) {
    switch (step) {
      case Plan.Step.CreateVfs(PciAddress pf, int count) -> {
        sysfs.autoprobe(pf, false);
        int made = sysfs.numVfs(pf, count, CREATION);
        log.info("{} has {} VFs now, {} were asked for", pf, made, count);
      }
      case Plan.Step.BindDriver(PciAddress vf, String driver) -> {
        sysfs.bind(vf, driver);
        log.info("{} has driver {}", vf, driver);
      }
    }
  }

  // ---- one VF ----

  /** How a VF is now, to be put back to later. */
  Home look(PciAddress vf) {
    Link link = interfaces.requireAtHome(vf);
    return new Home(link.name(), link.mac().toString(), link.mtu(), control.read(place(vf)));
  }

  /** The same of one that is to be lent; a tag that somebody left on it is taken off first. */
  Home lookAndUntag(PciAddress vf) {
    Home found = look(vf);
    if (found.settings().vlan() == 0) {
      return found;
    }
    log.warn("{} serves nobody and has VLAN {}: taking it off", vf, found.settings().vlan());
    control.untag(place(vf));
    return look(vf);
  }

  /** What netlink calls a VF: only the name of the PF's link to it tells its number. */
  Place place(PciAddress vf) {
    PciSysfs.Seat seat =
        sysfs
            .locate(vf)
            .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "there is no VF " + vf));
    if (seat.interfaces().isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "PF " + seat.physical() + " has no interface now");
    }
    return new Place(seat.interfaces().getFirst(), seat.number());
  }

  /** The address that a VF is lent with: its own, or one that is always the same for it. */
  static MacAddress lentMac(PciAddress vf, Home home) {
    MacAddress own = MacAddress.parse(home.mac());
    if (!own.isZero() && !own.isGroup()) {
      return own;
    }
    long bits =
        UUID.nameUUIDFromBytes(vf.toString().getBytes(StandardCharsets.UTF_8))
            .getLeastSignificantBits();
    return new MacAddress((bits & 0xfcff_ffff_ffffL) | 0x0200_0000_0000L);
  }

  VfControl control() {
    return control;
  }

  VfInterfaces interfaces() {
    return interfaces;
  }

  /** Brings the interface home; the PF's settings stay. */
  void detach(PciAddress vf, Hold hold) {
    if (!omission.omits(Omission.Action.HOME)) {
      interfaces.bringHome(vf, hold, lentMac(vf, hold.home()));
    }
  }

  /** Makes a VF as it was before it was lent, whatever has happened to it, and verifies it. */
  void restore(PciAddress vf, Hold hold) {
    if (omission.omits(Omission.Action.HOME)) {
      return;
    }
    detach(vf, hold);
    Home home = interfaces.nameable(vf, hold);
    control.reset(place(vf), home.settings());
    interfaces.restore(vf, home); // now, as the reset may have touched its address
    Home now = look(vf);
    if (!now.equals(home)) {
      throw new Failure(Failure.Kind.INTERNAL, vf + " should be " + home + " but is " + now);
    }
  }
}
