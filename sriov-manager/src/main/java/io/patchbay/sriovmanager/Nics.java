package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.Eswitch;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciFunction;
import io.patchbay.linux.PciSysfs;
import io.patchbay.linux.VfVlan;
import io.patchbay.mesh.VfioParameters;
import io.patchbay.sriovmanager.VfControl.Place;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The NICs of this node through sysfs, netlink and the namespaces of pods. */
final class Nics implements Hardware {
  private static final Logger log = LoggerFactory.getLogger(Nics.class);

  /** About half a second per VF has been seen (peers/sriov.md part e). */
  private static final Duration CREATION = Duration.ofMinutes(2);

  /** The keeper of a PF has more to do than to wait for a reset; it looks again later. */
  private static final Duration BINDING = Duration.ofSeconds(2);

  /** Less than the kubelet's side waits for a grant. */
  private static final Duration RESET = Duration.ofSeconds(4);

  private final PciSysfs sysfs;
  private final VfControl control;
  private final VfInterfaces interfaces;
  private final Vfio vfio;
  private final NodeDevices devices;
  private final Omission omission;
  private final Wiring wiring;
  private final Renewals renewals;

  Nics(
      PciSysfs sysfs,
      VfControl control,
      VfInterfaces interfaces,
      Vfio vfio,
      NodeDevices devices,
      Omission omission,
      Wiring wiring) {
    this.wiring = wiring;
    this.sysfs = sysfs;
    this.control = control;
    this.interfaces = interfaces;
    this.vfio = vfio;
    this.devices = devices;
    this.omission = omission;
    this.renewals = new Renewals(sysfs);
  }

  // ---- all of it ----

  @Override
  public Optional<Inventory.Physical> find(PciAddress pf) {
    return sysfs.find(pf).map(this::physical);
  }

  private Inventory.Physical physical(PciFunction pf) {
    PciFunction.Role.Physical role =
        pf.physical().orElse(new PciFunction.Role.Physical(0, 0, new TreeMap<>()));
    Eswitch eswitch = eswitch(pf.address());
    List<Inventory.Virtual> vfs =
        role.virtualFunctions().entrySet().stream()
            .flatMap(entry ->
                renewals
                    .find(entry.getValue())
                    .map(vf -> virtual(entry.getKey(), vf, eswitch.representors()))
                    .stream())
            .toList();
    return new Inventory.Physical(
        pf.address(),
        pf.binding().driver().orElse(""),
        port(pf, eswitch),
        role.totalVfs(),
        pf.placement().numaNode().orElse(-1),
        vfs);
  }

  /** It is only told: a PF of which it cannot be read is as good as ever. */
  private Eswitch eswitch(PciAddress pf) {
    try {
      return sysfs.eswitch(pf);
    } catch (Failure e) {
      log.debug("the mode of {} cannot be told: {}", pf, Failure.text(e));
      return Eswitch.UNKNOWN;
    }
  }

  private Inventory.Virtual virtual(int number, PciFunction vf, Map<Integer, String> representors) {
    String representor = representors.getOrDefault(number, "");
    return virtual(number, vf)
        .having(
            new Inventory.Features(
                vf.rdma().devices(), devices.rdma(vf.rdma()), representor, devices.hasVhostNet()));
  }

  private Inventory.Virtual virtual(int number, PciFunction vf) {
    var group = vf.placement().iommuGroup();
    Inventory.Virtual found =
        new Inventory.Virtual(
                vf.address(),
                number,
                vf.binding().driver().orElse(""),
                group.isPresent() ? vfio.name(group.getAsInt()) : "")
            .overridden(vf.binding().override().orElse(""));
    return found.driver().equals(Vfio.DRIVER) ? inGroup(found) : found;
  }

  private Inventory.Virtual inGroup(Inventory.Virtual vf) {
    try {
      Map<PciAddress, String> mates = groupMates(vf.address());
      return vf.among(
          mates.keySet().stream().filter(mate -> Vfio.DRIVER.equals(mates.get(mate))).toList());
    } catch (Failure e) {
      return vf.with(Failure.text(e));
    }
  }

  @Override
  public Optional<Inventory.Stray> stray(PciAddress vf) {
    return renewals
        .find(vf)
        .map(found -> {
          PciSysfs.Seat seat = seat(vf);
          String name = seat.interfaces().isEmpty() ? "" : seat.interfaces().getFirst();
          Inventory.Virtual known = virtual(seat.number(), found, Map.of());
          return new Inventory.Stray(seat.physical(), name, known);
        });
  }

  private PciSysfs.Seat seat(PciAddress vf) {
    return sysfs
        .locate(vf)
        .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "there is no VF " + vf));
  }

  private Inventory.Port port(PciFunction pf, Eswitch eswitch) {
    List<String> rdma = pf.rdma().devices();
    if (pf.interfaces().isEmpty()) {
      return new Inventory.Port("", "", eswitch.mode(), rdma);
    }
    String name = pf.interfaces().getFirst();
    return new Inventory.Port(name, control.pfMac(name).toString(), eswitch.mode(), rdma);
  }

  @Override
  public Carrier carrier(PciAddress pf) {
    List<String> names = sysfs.interfaces(pf);
    if (names.isEmpty()) {
      return Carrier.UNKNOWN;
    }
    Link link = control.pf(names.getFirst());
    if (link.carrier()) {
      return Carrier.PRESENT;
    }
    return link.up() ? Carrier.ABSENT : Carrier.OFF;
  }

  @Override
  public Optional<String> misplaced(PciAddress pf) {
    return wiring.isEmpty()
        ? Optional.empty()
        : sysfs.interfaces(pf).stream().findFirst().map(control::pf).flatMap(wiring::wrong);
  }

  @Override
  public void apply(Plan.Step step) {
    switch (step) {
      case Plan.Step.CreateVfs(PciAddress pf, int count) -> {
        sysfs.autoprobe(pf, false);
        int made = sysfs.numVfs(pf, count, CREATION);
        log.info("{} has {} VFs now, {} were asked for", pf, made, count);
      }
      case Plan.Step.BindDriver(PciAddress vf, String driver) -> {
        if (driver.equals(Vfio.DRIVER)) {
          park(vf); // before a container that is started again could use it
        }
        renewals.inTurn(seat(vf).physical(), BINDING, () -> sysfs.bind(vf, driver));
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

  @Override
  public Home lookAndUntag(PciAddress vf) {
    Home found = look(vf);
    if (found.settings().vlan() == 0) {
      return found;
    }
    log.warn("{} serves nobody and has VLAN {}: taking it off", vf, found.settings().vlan());
    control.untag(place(vf));
    return look(vf);
  }

  @Override
  public Home lookAndPark(PciAddress vf) {
    String own = driver(vf);
    if (!own.equals(Vfio.DRIVER)) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          vf + " has driver '" + own + "', but a container needs " + Vfio.DRIVER + " to drive it");
    }
    var mates = groupMates(vf);
    log.debug("{} has its IOMMU group with {}", vf, mates);
    var unused = device(vf);
    park(vf);
    return bare(control.read(place(vf)));
  }

  private static Home bare(Home.Settings settings) {
    return new Home("", settings.mac(), 0, settings);
  }

  @Override
  public void park(PciAddress vf) {
    Place place = place(vf);
    Home now = bare(control.read(place)); // of many VFs time and again: one read where all is well
    MacAddress mac = Hardware.lentMac(vf, now);
    if (!now.settings().fits(vfio.parked(mac))) {
      control.tag(place, vfio.parking());
      control.configure(place, mac, VfOptions.NONE);
    }
  }

  @Override
  public int parkingVlan() {
    return vfio.parkingVlan();
  }

  @Override
  public OptionalInt vlan(PciAddress vf) {
    return sysfs.locate(vf).filter(seat -> !seat.interfaces().isEmpty()).isPresent()
        ? OptionalInt.of(control.read(place(vf)).vlan())
        : OptionalInt.empty();
  }

  @Override
  public Map<PciAddress, String> groupMates(PciAddress vf) {
    Map<PciAddress, String> mates = new TreeMap<>();
    for (PciAddress mate : sysfs.groupMates(vf)) {
      if (!mate.equals(vf)) {
        String driver = driver(mate);
        if (!Vfio.isHarmless(driver)) {
          throw new Failure(
              Failure.Kind.CONFLICT,
              vf + " shares its IOMMU group with " + mate + ", which has driver " + driver);
        }
        mates.put(mate, driver);
      }
    }
    return mates;
  }

  private String driver(PciAddress function) {
    return sysfs.require(function).binding().driver().orElse("");
  }

  @Override
  public VfioParameters.Device device(PciAddress vf) {
    String group = virtual(0, sysfs.require(vf)).iommuGroup();
    if (group.isEmpty()) {
      throw new Failure(Failure.Kind.CONFLICT, vf + " is in no IOMMU group");
    }
    return vfio.device(vf, group);
  }

  /** What netlink calls a VF: only the name of the PF's link to it tells its number. */
  Place place(PciAddress vf) {
    PciSysfs.Seat seat = seat(vf);
    if (seat.interfaces().isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "PF " + seat.physical() + " has no interface now");
    }
    return new Place(seat.interfaces().getFirst(), seat.number());
  }

  VfControl control() {
    return control;
  }

  VfInterfaces interfaces() {
    return interfaces;
  }

  @Override
  public Port port(PciAddress vf) {
    Place place = place(vf);
    return new Port(control.pfMac(place.pfName()), place.number());
  }

  @Override
  public void configure(PciAddress vf, MacAddress mac, VfOptions options) {
    control.configure(place(vf), mac, options);
  }

  @Override
  public void mtu(PciAddress vf, int wanted) {
    interfaces.mtu(vf, wanted);
  }

  @Override
  public void tag(PciAddress vf, VfVlan vlan) {
    control.tag(place(vf), vlan);
  }

  @Override
  public void untag(PciAddress vf) {
    control.untag(place(vf));
  }

  @Override
  public void checkPod(String namespace) {
    interfaces.open(namespace).close();
  }

  @Override
  public Optional<Hold.Seat> atHome(PciAddress vf) {
    return interfaces.atHome(vf).map(Hold.Seat::of);
  }

  @Override
  public Hold.Seat attach(PciAddress vf, Hold hold, Optional<Hold.Seat> here) {
    return interfaces.attach(vf, hold, here);
  }

  @Override
  public void detach(PciAddress vf, Hold hold) {
    if (!omission.omits(Omission.Action.HOME)) {
      interfaces.bringHome(vf, hold, Hardware.lentMac(vf, hold.home()));
    }
  }

  @Override
  public void reset(PciAddress vf) {
    if (!driver(vf).equals(Vfio.DRIVER) || !sysfs.canReset(vf)) {
      return;
    }
    renewals.inTurn(seat(vf).physical(), RESET, () -> sysfs.reset(vf));
    String now = driver(vf);
    if (!now.equals(Vfio.DRIVER)) {
      throw new Failure(
          Failure.Kind.INTERNAL, vf + " has driver '" + now + "' after its reset, not vfio-pci");
    }
  }

  @Override
  public void renew(PciAddress vf, Hold hold) {
    boolean omitted = hold.home().bare() || omission.omits(Omission.Action.HOME);
    if (omitted || !renewals.areFor(vf)) {
      restore(vf, hold);
      return;
    }
    boolean here = interfaces.atHome(vf).isPresent();
    if (renewals.isDone(vf, hold.connection()) && here) {
      restore(vf, hold); // what an earlier try could not
      return;
    }
    // Without a driver it is between a predecessor's acts; after a first try it is in no pod.
    if (here || !(renewals.hasBegun(vf, hold.connection()) || driver(vf).isEmpty())) {
      detach(vf, hold);
      disconnect(vf, hold);
    }
    renewals.insist(() -> control.fix(place(vf), Hardware.lentMac(vf, hold.home())));
    renewals.renew(
        vf, seat(vf).physical(), hold.connection(), () -> interfaces.settle(vf, hold.home()));
    renewals.insist(() -> restore(vf, hold));
    log.info("{} was reset", vf);
  }

  /**
   * It may have to wait for its reset, which may fail: not on a service, nor under a pod's name.
   */
  private void disconnect(PciAddress vf, Hold hold) {
    try {
      restore(vf, hold);
    } catch (Failure e) { // the reset may be what it lacks
      log.info("{} cannot be put back before its reset: {}", vf, Failure.text(e));
    }
  }

  @Override
  public void restore(PciAddress vf, Hold hold) {
    if (omission.omits(Omission.Action.HOME)) {
      return;
    }
    if (hold.home().bare()) {
      control.reset(place(vf), hold.home().settings());
      park(vf);
      return;
    }
    detach(vf, hold);
    Home home = interfaces.nameable(vf, hold);
    control.reset(place(vf), home.settings());
    interfaces.restore(vf, home); // now, as the reset may have touched its address
    Home now = look(vf);
    if (!now.fits(home)) {
      throw new Failure(Failure.Kind.INTERNAL, vf + " should be " + home + " but is " + now);
    }
  }
}
