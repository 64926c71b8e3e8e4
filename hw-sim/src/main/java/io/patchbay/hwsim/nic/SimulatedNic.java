package io.patchbay.hwsim.nic;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.nic.NicModel.Feature;
import io.patchbay.hwsim.nic.NicSnapshot.Binding;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.hwsim.nic.PciFunction.Physical;
import io.patchbay.hwsim.nic.PciFunction.Virtual;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.sys.Errno;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One PF with its VFs: their netdevs, what the PF has set for them, and the {@link FramePath}
 * between them and the cable. A netdev lives as long as its function is bound to the network driver
 * of the NIC's model. While the PF's is administratively down the cable has no light, as igb and
 * many drivers have it, and so no VF has carrier either.
 *
 * <p>Safe for all threads. Its own threads are those of its netdevs; the cable's thread and theirs
 * carry the frames.
 */
final class SimulatedNic implements PciBus.DriverWatcher, AutoCloseable {
  private static final int PF = -1;

  /** What makes the address of a VF's representor of the VF's own. */
  private static final long REPRESENTOR = 0x08L << 40;

  private final NicHardware nic;
  private final PciBus bus;
  private final Netdev.Maker maker;
  private final FramePort cable;
  private final FramePath path;

  /** By VF number, or {@link #PF}. */
  private final Map<Integer, Netdev> netdevs = new ConcurrentHashMap<>();

  /** Held while netdevs are told of the carrier. */
  private final Object telling = new Object();

  /** Held while the cable's power is made what the PF's netdev wants. */
  private final Object power = new Object();

  @GuardedBy("power")
  private boolean powered;

  /** By VF number, in switchdev mode. */
  private final Map<Integer, Netdev> representors = new ConcurrentHashMap<>();

  SimulatedNic(NicHardware nic, PciBus bus, Netdev.Maker maker, FramePort cable) {
    this.nic = nic;
    this.bus = bus;
    this.maker = maker;
    this.cable = cable;
    this.path = new FramePath(nic, new Outlets());
    cable.power(false);
    cable.receiver(path::fromWire);
    cable.carrierWatcher(this::carrierChanged);
  }

  NicHardware description() {
    return nic;
  }

  /** The PF's netdev, while its driver is bound. */
  Optional<Netdev> pf() {
    return Optional.ofNullable(netdevs.get(PF));
  }

  /** The netdev of the PF or of a VF, while the network driver is bound. */
  Optional<Netdev> netdev(PciFunction function) {
    return Optional.ofNullable(netdevs.get(key(function)));
  }

  /** Those representors that are in the first namespace, by the number of their VF. */
  Map<Integer, String> representors() {
    Map<Integer, String> names = new TreeMap<>();
    representors.forEach((number, netdev) -> {
      if (netdev.place().home()) {
        names.put(number, netdev.place().name());
      }
    });
    return names;
  }

  /** How many VFs there are now. */
  int numVfs() {
    return self().role() instanceof Physical physical ? physical.numVfs() : 0;
  }

  boolean carrier() {
    return cable.carrier();
  }

  /**
   * Looks whether the PF is administratively up, and gives the cable power accordingly: asked
   * whenever that may have changed, so that no answer is older than what the kernel told.
   */
  boolean followPf() {
    synchronized (power) {
      boolean up = pf().filter(Netdev::up).isPresent();
      if (up != powered) {
        powered = up;
        cable.power(up);
      }
      return up;
    }
  }

  VfSettings settings(int number) {
    return path.settings(number);
  }

  VfCounters counters(int number) {
    return path.counters(number);
  }

  /**
   * Changes what is set for a VF and makes its netdev follow. A VF that does not exist is EINVAL,
   * as the drivers have it.
   */
  synchronized void change(int number, UnaryOperator<VfSettings> change) {
    if (number < 0 || number >= numVfs()) {
      throw Errno.EINVAL.failure("VF " + number + " of " + numVfs() + " at " + nic.address());
    }
    VfSettings before = path.settings(number);
    VfSettings after = change.apply(before);
    path.settings(number, after);
    Netdev netdev = netdevs.get(number);
    if (netdev != null && !after.mac().equals(before.mac())) {
      netdev.mac(after.mac());
    }
    if (netdev != null && after.linkState() != before.linkState()) {
      netdev.carrier(carrier(number));
    }
  }

  @Override
  public void bound(PciFunction function) {
    NicModel.Drivers drivers = nic.model().drivers();
    switch (function.role()) {
      case Physical _ when function.driver().equals(Optional.of(drivers.pf())) -> {
        add(PF, nic.netdev(), nic.mac());
        var unused = followPf();
      }
      case Virtual vf when function.driver().equals(Optional.of(drivers.vf())) ->
          add(vf.number(), nic.vfNetdev(vf.number()), path.settings(vf.number()).mac());
      case Physical _, Virtual _ -> {}
    }
  }

  @Override
  public void unbound(PciFunction function) {
    Netdev netdev = netdevs.remove(key(function));
    if (function.role() instanceof Physical) {
      var unused = followPf();
    }
    if (netdev != null) {
      netdev.close();
    }
  }

  @Override
  public void appeared(PciFunction vf) {
    int number = key(vf);
    if (nic.model().features().contains(Feature.SWITCHDEV)) {
      MacAddress mac = nic.vfMac(number);
      MacAddress own = new MacAddress(mac.value() ^ REPRESENTOR);
      representors.put(number, maker.make(nic.representor(number), own, frame -> {}));
    }
  }

  @Override
  public void vanished(PciFunction vf) {
    int number = key(vf);
    Netdev representor = representors.remove(number);
    if (representor != null) {
      representor.close();
    }
    synchronized (this) {
      path.settings(number, VfSettings.initial(nic.vfMac(number)));
    }
  }

  /** How all of it is now. */
  NicSnapshot snapshot() {
    List<VfSnapshot> vfs =
        bus.functions().stream()
            .filter(function -> function.nic().equals(nic))
            .filter(function -> function.role() instanceof Virtual)
            .map(this::vf)
            .sorted(Comparator.comparingInt(VfSnapshot::number))
            .toList();
    return new NicSnapshot(nic, binding(self()), carrier(), vfs);
  }

  /**
   * Lets go of the cable and removes what netdevs are left, all at once: the kernel takes its time
   * for each.
   */
  @Override
  public void close() {
    cable.carrierWatcher(() -> {});
    cable.receiver(frame -> {});
    cable.power(false);
    List<Thread> closers =
        Stream.concat(netdevs.values().stream(), representors.values().stream())
            .map(gone -> Thread.ofPlatform().start(gone::close))
            .toList();
    netdevs.clear();
    representors.clear();
    closers.forEach(ThreadEnd::await);
  }

  private void add(int key, String name, MacAddress mac) {
    Netdev netdev =
        maker.make(
            name,
            mac,
            frame -> {
              if (key == PF) {
                path.fromPf(frame);
              } else {
                path.fromVf(key, frame);
              }
            });
    netdevs.put(key, netdev);
    netdev.carrier(carrier(key));
  }

  /** One link of two may change while another does: what is told last is then how it is. */
  private void carrierChanged() {
    synchronized (telling) {
      netdevs.forEach((key, netdev) -> netdev.carrier(carrier(key)));
    }
  }

  private boolean carrier(int key) {
    return key == PF
        ? carrier()
        : switch (path.settings(key).linkState()) {
          case AUTO -> carrier();
          case ENABLE -> true;
          case DISABLE -> false;
        };
  }

  private VfSnapshot vf(PciFunction function) {
    int number = key(function);
    VfSettings settings = path.settings(number);
    return new VfSnapshot(
        number,
        function.address(),
        binding(function),
        settings,
        settings.mac().equals(nic.vfMac(number)),
        path.counters(number));
  }

  private Binding binding(PciFunction function) {
    return new Binding(function.driver(), netdev(function).map(Netdev::place));
  }

  private PciFunction self() {
    return bus.find(nic.address().toString())
        .orElseThrow(() -> new IllegalStateException(nic.address() + " is not on the bus"));
  }

  private static int key(PciFunction function) {
    return switch (function.role()) {
      case Physical _ -> PF;
      case Virtual vf -> vf.number();
    };
  }

  /** The frame path's way out. */
  private final class Outlets implements FramePath.Ports {
    @Override
    public void toWire(Frame frame) {
      cable.send(frame);
    }

    @Override
    public void toPf(Frame frame) {
      toVf(PF, frame);
    }

    @Override
    public boolean toVf(int number, Frame frame) {
      Netdev netdev = netdevs.get(number);
      return netdev != null && netdev.deliver(frame);
    }
  }
}
