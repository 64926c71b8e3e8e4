package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.linux.LinkEvents;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.netlink.NetlinkServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The SR-IOV NICs of one simulated machine, with what its daemons see of them: a sysfs tree that
 * reacts to writes, a netlink socket that answers for the PFs, and netdevs in its first namespace.
 * Closing takes all of it away, also netdevs that are in pods; twice does nothing.
 *
 * <p>Safe for all threads.
 */
public final class MachineNics implements AutoCloseable {
  /**
   * Where a machine's NICs are to show.
   *
   * @param home the first namespace, where netdevs begin and where they come home to; it stays open
   *     until this is closed, and is the caller's to close
   * @param sysfs the folder on which the tree is mounted, which then looks like {@code
   *     /sys/bus/pci}
   * @param netlink the unix socket to answer on
   * @param witness sees what is written to the tree and what is set over netlink
   */
  public record Machine(NetworkNamespace home, Path sysfs, Path netlink, Witness witness) {
    /** One that nobody watches. */
    public Machine(NetworkNamespace home, Path sysfs, Path netlink) {
      this(home, sysfs, netlink, Witness.NONE);
    }
  }

  /** A NIC and the end of the cable that is plugged into it, or of the cables that it bonds. */
  public record Plugged(NicHardware nic, FramePort cable) {}

  private final Stack opened;
  private final Map<PciAddress, SimulatedNic> nics = new LinkedHashMap<>();
  private final PciBus bus;

  private MachineNics(Stack opened, List<Plugged> plugged, Netdev.Maker maker) {
    this.opened = opened;
    List<NicHardware> descriptions = plugged.stream().map(Plugged::nic).toList();
    bus = new PciBus(descriptions, Time.system(), new Dispatcher());
    for (Plugged one : plugged) {
      SimulatedNic nic = new SimulatedNic(one.nic(), bus, maker, one.cable());
      nics.put(one.nic().address(), opened.push(nic));
    }
  }

  /**
   * Powers the NICs on: each PF is bound to its driver and has its netdev, no VF exists. The netdev
   * is down, as a kernel leaves it: {@code ip link set up} is the operator's. Throws {@link
   * Failure} of kind UNAVAILABLE where there is no FUSE, and what the kernel refuses.
   */
  public static MachineNics open(Machine machine, List<Plugged> nics) {
    return Stack.building(opened -> {
      TapNetdevs taps = opened.push(new TapNetdevs(machine.home(), Time.system()));
      MachineNics opening = new MachineNics(opened, nics, taps);
      LinkEvents events = opened.push(machine.home().links().subscribe());
      opening.bus.start();
      opened.push(new PfWatch(events, opening.nics.values()));
      PfNetlink netlink = opening.netlink(machine.witness());
      opened.push(NetlinkServer.listen(machine.netlink(), netlink::answer));
      opened.push(SysfsMount.open(machine.sysfs(), opening.sysfs(), machine.witness()));
      return opening;
    });
  }

  /** The same, with netdevs that are somebody else's idea and no edges. */
  static MachineNics withoutEdges(List<Plugged> nics, Netdev.Maker maker) {
    MachineNics opening = new MachineNics(new Stack(), nics, maker);
    opening.bus.start();
    return opening;
  }

  /** From now on no function can be reset. */
  public void refuseResets() {
    bus.refuseResets();
  }

  /** How often a function was reset by its file in sysfs. */
  public int resets(PciAddress function) {
    return bus.resets(function);
  }

  /** What whoever has a function leaves in it, until it is reset. */
  public void tell(PciAddress function, String what) {
    bus.tell(function, what);
  }

  /** What a function was told since it was last reset; empty if nothing. */
  public String told(PciAddress function) {
    return bus.told(function);
  }

  /** Why simulated NICs cannot work on this machine, if so: for tests that skip themselves. */
  public static Optional<String> obstacle() {
    return TapNetdevs.obstacle().or(SysfsMount::obstacle);
  }

  /** All NICs as they are now, in the order they were given. */
  public List<NicSnapshot> snapshot() {
    return nics.values().stream().map(SimulatedNic::snapshot).toList();
  }

  @Override
  public void close() {
    opened.close();
  }

  /** The tree that is mounted. */
  SysfsTree sysfs() {
    return new SysfsTree(bus, new Names());
  }

  /** The answers that are given on the socket. */
  PfNetlink netlink(Witness witness) {
    return new PfNetlink(new ArrayList<>(nics.values()), witness);
  }

  private SimulatedNic nic(PciFunction function) {
    SimulatedNic nic = nics.get(function.nic().address());
    if (nic == null) {
      throw new IllegalStateException("no NIC for " + function.address());
    }
    return nic;
  }

  private final class Dispatcher implements PciBus.DriverWatcher {
    @Override
    public void bound(PciFunction function) {
      nic(function).bound(function);
    }

    @Override
    public void unbound(PciFunction function) {
      nic(function).unbound(function);
    }

    @Override
    public void appeared(PciFunction vf) {
      nic(vf).appeared(vf);
    }

    @Override
    public void vanished(PciFunction vf) {
      nic(vf).vanished(vf);
    }
  }

  private final class Names implements SysfsTree.Netdevs {
    @Override
    public boolean exists(PciFunction function) {
      return nic(function).netdev(function).isPresent();
    }

    @Override
    public Map<Integer, String> representors(PciFunction pf) {
      return nic(pf).representors();
    }

    @Override
    public Optional<String> atHome(PciFunction function) {
      return nic(function)
          .netdev(function)
          .map(Netdev::place)
          .filter(NetdevPlace::home)
          .map(NetdevPlace::name);
    }
  }
}
