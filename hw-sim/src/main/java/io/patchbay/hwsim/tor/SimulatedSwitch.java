package io.patchbay.hwsim.tor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.gnmi.GnmiService;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.Datastores;
import io.patchbay.hwsim.netconf.Device;
import io.patchbay.hwsim.netconf.NetconfServer;
import io.patchbay.hwsim.netconf.XmlText;
import io.patchbay.hwsim.netconf.YangModule;
import io.patchbay.hwsim.rest.RestService;
import io.patchbay.hwsim.snmp.SnmpService;
import io.patchbay.linux.MacAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A top-of-rack switch: named ports to which cables or taps are attached, forwarding by the running
 * configuration, NETCONF over SSH to change it, LLDP on every port. It owns its threads and its
 * listening socket until it is closed. Safe for all threads.
 *
 * <pre>{@code
 * SimulatedSwitch tor = SimulatedSwitch.start(description, Time.system());
 * tor.attach("Ethernet1", cable.switchEnd());
 * connect(tor.netconfAddress(), tor.hostKey());
 * }</pre>
 */
public final class SimulatedSwitch implements AutoCloseable {
  private final SwitchDescription description;
  private final SwitchModel model;
  private final Forwarding forwarding;
  private final LldpAgent lldp;
  private final StateView view;
  private final Time time;
  private final Device device;
  private final Datastores stores;
  private final Map<String, FramePort> attached = new ConcurrentHashMap<>();
  private final List<Runnable> linkWatchers = new CopyOnWriteArrayList<>();
  private final Stack running = new Stack();
  private volatile SwitchFaults faults = SwitchFaults.NONE;
  private volatile Optional<MlagPeer> peer = Optional.empty();
  private volatile boolean poweredOn = true;

  /** Held while it is switched on or off. */
  private final Object power = new Object();

  @GuardedBy("power")
  private NetconfServer netconf;

  private SimulatedSwitch(SwitchDescription description, Time time) {
    List<String> ports = description.ports().stream().map(SwitchDescription.Port::name).toList();
    this.description = description;
    this.model = description.model();
    this.forwarding = new Forwarding(ports, new MacTable(time), time);
    this.lldp = new LldpAgent(description.name(), address(description.name()), time);
    this.view = new StateView(description.name(), ports, lldp, this::carrier, time);
    this.time = time;
    this.device = new ManagedSwitch();
    this.stores = new Datastores(device, time);
    this.netconf = NetconfServer.start(device, stores, description.netconf(), time);
  }

  /**
   * Starts a switch in its factory configuration; its NETCONF server listens in the network
   * namespace of the calling thread. Throws {@link Failure} of kind UNAVAILABLE when the address
   * cannot be bound.
   */
  public static SimulatedSwitch start(SwitchDescription description, Time time) {
    SimulatedSwitch started = new SimulatedSwitch(description, time);
    started.running.push(started::darken);
    started.running.push(started.lldp);
    started.running.push(started.stores::close);
    started.running.push(started::endManagement);
    started.lldp.start();
    return started;
  }

  /**
   * Joins something to a port, in place of what was there. Throws {@link Failure} of kind NOT_FOUND
   * when there is no such port.
   */
  public void attach(String port, FramePort to) {
    checkPort(port);
    attached.put(port, to);
    to.receiver(frame -> receive(port, frame));
    to.carrierWatcher(() -> carrierChanged(port));
    forwarding.attach(port, to);
    light(port);
    lldp.attach(port, to);
  }

  /** Is one of an MLAG pair from now on. */
  void pair(MlagPeer other) {
    other.link().receiver(frame -> receive(Forwarding.PEER_LINK, frame));
    other.link().carrierWatcher(this::peerLinkChanged);
    forwarding.pair(other);
    peer = Optional.of(other);
    other.link().power(poweredOn);
  }

  /** Is a leaf of an underlay from now on. */
  void join(Underlay underlay) {
    forwarding.join(
        new Forwarding.Leaf() {
          @Override
          public void send(Segment segment, Frame frame) {
            underlay.carry(SimulatedSwitch.this, segment, frame);
          }

          @Override
          public boolean isBeside(String port) {
            return lldp.neighbours(port).stream()
                .anyMatch(heard -> underlay.hasLeaf(heard.message().systemName()));
          }
        });
  }

  /** Takes what another leaf has sent. */
  void arrive(Segment segment, Frame frame) {
    if (poweredOn) {
      forwarding.arrive(segment, frame);
    }
  }

  /** Its system name. */
  String name() {
    return description.name();
  }

  /** Where the NETCONF server listens, or did before the switch was switched off. */
  public InetSocketAddress netconfAddress() {
    return netconf().address();
  }

  /**
   * Takes the power from it, as a cable pulled out does: no light on any port and no management by
   * NETCONF; sessions, locks, an unconfirmed commit and all that it had learnt are lost. What was
   * made of {@link #gnmi}, {@link #rest} and {@link #snmp} is the caller's to close. Does nothing
   * when it is off.
   */
  public void powerOff() {
    synchronized (power) {
      poweredOn = false;
      netconf.close();
      ports().forEach(this::light);
      peer.ifPresent(other -> other.link().power(false));
      forwarding.flush();
      lldp.forget();
    }
  }

  /**
   * Gives it its power back: it boots with {@link #startupConfig}, or without a startup datastore
   * with what was committed for good, and is managed at the same address with the same host key, in
   * the network namespace of the calling thread. Does nothing when it is on. Throws {@link Failure}
   * of kind UNAVAILABLE when somebody else has taken the address.
   */
  public void powerOn() {
    synchronized (power) {
      if (poweredOn) {
        return;
      }
      netconf = netconf.again();
      stores.reboot();
      poweredOn = true;
      peer.ifPresent(other -> other.link().power(true));
      ports().forEach(this::light);
    }
  }

  /** Whether it has power. */
  public boolean poweredOn() {
    return poweredOn;
  }

  /**
   * The switch's gNMI service, over the same configuration; to be served by the caller, who sees to
   * TLS and logins.
   */
  public GnmiService gnmi() {
    return new GnmiService(device, stores, time);
  }

  /** The switch as a controller knows it, over the same configuration; for a {@code Controller}. */
  public RestService rest() {
    return new RestService(device, stores, ports(), time);
  }

  /** The switch as its MIBs have it, over the same configuration; for an {@code SnmpAgent}. */
  public SnmpService snmp() {
    return new SnmpService(device, stores, ports());
  }

  /** The SSH host key as a line of known_hosts without the host. */
  public String hostKey() {
    return netconf().hostKey();
  }

  /** The SSH host key's fingerprint, {@code SHA256:…}. */
  public String hostKeyFingerprint() {
    return netconf().hostKeyFingerprint();
  }

  /** The running configuration as canonical XML: equal configurations give equal texts. */
  public String runningConfig() {
    return netconf().runningConfig();
  }

  /** What a switch with a startup datastore would boot with, in the same form. */
  public String startupConfig() {
    return new XmlText().content(stores.startup()).toString();
  }

  /**
   * What a port has counted so far. Throws {@link Failure} of kind NOT_FOUND without such a port.
   */
  public PortCounters counters(String port) {
    checkPort(port);
    return forwarding.counters(port);
  }

  /** Who is heard on a port. Throws {@link Failure} of kind NOT_FOUND without such a port. */
  public List<LldpNeighbour> neighbours(String port) {
    checkPort(port);
    return lldp.neighbours(port);
  }

  /** The names of the ports in the order of the description. */
  public List<String> ports() {
    return description.ports().stream().map(SwitchDescription.Port::name).toList();
  }

  /** From now on it departs from a sound switch like this. */
  public void faults(SwitchFaults faults) {
    this.faults = faults;
  }

  /** Switches it off: no carrier on any port, no management. */
  @Override
  public void close() {
    running.close();
  }

  private void receive(String port, Frame frame) {
    if (!poweredOn) {
      return;
    }
    if (frame.etherType() == LldpMessage.ETHER_TYPE && frame.tag().isEmpty()) {
      lldp.receive(port, frame);
    } else {
      forwarding.receive(port, frame);
    }
  }

  private void carrierChanged(String port) {
    if (carrier(port)) {
      lldp.announce(port);
    } else {
      forwarding.flush(port);
    }
    linkWatchers.forEach(Runnable::run);
  }

  /** Which ports may be lit depends on it. */
  private void peerLinkChanged() {
    ports().forEach(this::light);
  }

  /** The peer has learnt this; {@code port} is this switch's. */
  void learned(int vlan, MacAddress station, String port) {
    forwarding.learned(vlan, station, port);
  }

  private void endManagement() {
    netconf().close();
  }

  private NetconfServer netconf() {
    synchronized (power) {
      return netconf;
    }
  }

  /** Whether a port is lit at both ends. */
  boolean carrier(String port) {
    return Optional.ofNullable(attached.get(port)).map(FramePort::carrier).orElse(false);
  }

  /** Takes turns, so that what is lit in the end follows the plan in force in the end. */
  private synchronized void light(String port) {
    boolean enabled =
        Optional.ofNullable(forwarding.plan().ports().get(port))
            .map(SwitchPlan.Port::enabled)
            .orElse(false);
    boolean lit = poweredOn && enabled && peer.map(other -> other.allows(port)).orElse(true);
    Optional.ofNullable(attached.get(port)).ifPresent(to -> to.power(lit));
  }

  private void darken() {
    for (FramePort port : attached.values()) {
      port.receiver(frame -> {});
      port.carrierWatcher(() -> {});
      port.power(false);
    }
    peer.ifPresent(other -> other.link().power(false));
  }

  void checkPort(String port) {
    if (!ports().contains(port)) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "switch " + description.name() + " has no port '" + port + "', only " + ports());
    }
  }

  /** A locally administered address that is always the same for a name. */
  private static MacAddress address(String name) {
    return new MacAddress(0x0200_0000_0000L | Integer.toUnsignedLong(name.hashCode()));
  }

  /** The switch as its NETCONF server sees it. */
  private final class ManagedSwitch implements Device {
    @Override
    public List<YangModule> modules() {
      return model.modules();
    }

    @Override
    public Set<Capability> capabilities() {
      return description.capabilities();
    }

    @Override
    public Data factoryConfig() {
      return model.factoryConfig();
    }

    @Override
    public void validate(Data config) {
      model.validate(config);
    }

    @Override
    public void apply(Data config) {
      forwarding.follow(model.plan(config));
      attached.keySet().forEach(SimulatedSwitch.this::light);
    }

    @Override
    public Data withState(Data config) {
      return view.over(config, forwarding.plan());
    }

    @Override
    public Runnable watchLinks(Runnable changed) {
      linkWatchers.add(changed);
      return () -> linkWatchers.remove(changed);
    }

    @Override
    public Duration delay(String operation) {
      return operation.equals("commit") ? faults.commitDelay() : Duration.ZERO;
    }

    @Override
    public boolean validatesInVain() {
      return faults.validatesInVain();
    }

    @Override
    public boolean onlySamples() {
      return faults.onlySamples();
    }
  }
}
