package io.patchbay.sriovmanager;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfChange;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfRates;
import io.patchbay.linux.VfState;
import io.patchbay.linux.VfTraffic;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.sys.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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

  /** How long a NIC may say that it is busy before that is a refusal. */
  private static final Duration BUSY = Duration.ofSeconds(2);

  private final Supplier<VirtualFunctions> door;
  private final Omission omission;
  private final Map<String, VirtualFunctions> doors = new ConcurrentHashMap<>();

  /** To read counters by, which may take long: nothing waits behind that. */
  private final Map<String, VirtualFunctions> counting = new ConcurrentHashMap<>();

  /** What a PF was asked for and said that it cannot do. */
  private final Set<String> inabilities = ConcurrentHashMap.newKeySet();

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

  /** What the VFs of a PF have carried; see {@link VirtualFunctions#traffic}. */
  List<VfTraffic> traffic(String pfName) {
    VirtualFunctions pfs = counting.computeIfAbsent(pfName, unused -> door.get());
    return pfs.traffic(pfs.physicalFunction(pfName).index());
  }

  /** How the VF is set now. */
  Home.Settings read(Place vf) {
    VfState state = state(vf);
    return new Home.Settings(
        state.mac().toString(),
        state.vlan().id(),
        state.vlan().qos(),
        state.spoofCheck(),
        new Home.Extras(
            state.trust(), state.rates().min(), state.rates().max(), state.linkState()));
  }

  private VfState state(Place vf) {
    return to(vf.pfName()).read(index(vf), vf.number());
  }

  private int index(Place vf) {
    return to(vf.pfName()).physicalFunction(vf.pfName()).index();
  }

  /**
   * Before a VF is lent: its address is fixed, only frames from it pass if nothing else is wanted,
   * and what else is wanted is set. Throws {@link Failure} of kind UNSUPPORTED for what the NIC
   * cannot do; a PF is asked once for each value, until {@link #forget}.
   */
  void configure(Place vf, MacAddress mac, VfOptions options) {
    mac(vf, mac);
    spoofCheck(vf, options.checksSpoofing());
    if (options.trust() != null) {
      trust(vf, options.trust());
    }
    options.rates().ifPresent(rates -> rates(vf, rates));
    if (options.linkState() != null) {
      linkState(vf, options.linkState().state());
    }
  }

  /** What PFs said that they cannot do is asked again: another driver or firmware may be there. */
  void forget() {
    inabilities.clear();
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
    if (home.extras() != null) {
      trust(vf, home.extras().trust());
      rates(vf, home.extras().rates());
      linkState(vf, home.extras().linkState());
    }
  }

  private void vlan(Place vf, VfVlan vlan) {
    Predicate<VfState> done =
        state ->
            state.vlan().equals(vlan)
                || (vlan.id() == 0 && state.vlan().id() == 0 && state.vlan().qos() == 0);
    VfChange change = new VfChange.Vlan(vf.number(), vlan);
    if (vlan.protocol() == VfVlan.Protocol.DOT1Q) {
      ensure(vf, "VLAN " + vlan.id(), done, change);
    } else {
      ensureIfAble(vf, "VLAN protocol 802.1ad", done, change);
    }
  }

  /**
   * Has the PF keep an address for a VF whatever happens to that, so that its driver finds it with
   * it. Written also where it is so already: a PF forgets what it was told by the VF alone.
   */
  void fix(Place vf, MacAddress mac) {
    to(vf.pfName()).set(index(vf), new VfChange.Mac(vf.number(), mac));
    mac(vf, mac);
  }

  private void mac(Place vf, MacAddress mac) {
    Predicate<VfState> done = state -> state.mac().equals(mac);
    ensure(vf, "MAC " + mac, done, new VfChange.Mac(vf.number(), mac));
  }

  private void spoofCheck(Place vf, boolean on) {
    Predicate<VfState> done = state -> state.spoofCheck() == on;
    VfChange change = new VfChange.SpoofCheck(vf.number(), on);
    ensureIfAble(vf, "spoof check " + (on ? "on" : "off"), done, change);
  }

  private void trust(Place vf, boolean on) {
    Predicate<VfState> done = state -> state.trust() == on;
    VfChange change = new VfChange.Trust(vf.number(), on);
    ensureIfAble(vf, "trust " + (on ? "on" : "off"), done, change);
  }

  private void rates(Place vf, VfRates rates) {
    Predicate<VfState> done = state -> state.rates().equals(rates);
    String what = "transmit rates " + rates.min() + " to " + rates.max() + " Mbit/s";
    ensureIfAble(vf, what, done, new VfChange.Rates(vf.number(), rates));
  }

  private void linkState(Place vf, VfLinkState wanted) {
    Predicate<VfState> done = state -> state.linkState() == wanted;
    String what = "link state " + wanted.name().toLowerCase(Locale.ROOT);
    ensureIfAble(vf, what, done, new VfChange.LinkState(vf.number(), wanted));
  }

  /**
   * A NIC does not learn what it cannot do: a refusal of that sort stands until all is forgotten.
   */
  private void ensureIfAble(Place vf, String what, Predicate<VfState> done, VfChange change) {
    if (done.test(state(vf))) {
      return;
    }
    String inability = vf.pfName() + " cannot set " + what + " of its VFs, which the config wants";
    if (inabilities.contains(inability)) {
      throw new Failure(Failure.Kind.UNSUPPORTED, inability);
    }
    try {
      ensure(vf, what, done, change);
    } catch (Failure e) {
      if (!Errno.EOPNOTSUPP.isBehind(e) && !Errno.EPROTONOSUPPORT.isBehind(e)) {
        throw e;
      }
      inabilities.add(inability);
      throw new Failure(Failure.Kind.UNSUPPORTED, inability + ": " + Failure.text(e), e);
    }
  }

  private void ensure(Place vf, String what, Predicate<VfState> done, VfChange change) {
    VirtualFunctions pfs = to(vf.pfName());
    int pf = index(vf);
    if (done.test(pfs.read(pf, vf.number()))) {
      return;
    }
    set(pfs, pf, change);
    if (!Await.comesTrue(READ_BACK, () -> done.test(pfs.read(pf, vf.number())))) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          vf + " took " + what + " but reads back as " + pfs.read(pf, vf.number()));
    }
  }

  /** A firmware that has many VFs to serve at once says that it is busy; it is asked again. */
  private static void set(VirtualFunctions pfs, int pf, VfChange change) {
    if (!Await.comesTrue(BUSY, () -> isTaken(pfs, pf, change))) {
      pfs.set(pf, change); // its last word stands
    }
  }

  private static boolean isTaken(VirtualFunctions pfs, int pf, VfChange change) {
    try {
      pfs.set(pf, change);
      return true;
    } catch (Failure e) {
      if (!Errno.EBUSY.isBehind(e)) {
        throw e;
      }
      return false;
    }
  }

  @Override
  public void close() {
    doors.values().forEach(VirtualFunctions::close);
    counting.values().forEach(VirtualFunctions::close);
  }
}
