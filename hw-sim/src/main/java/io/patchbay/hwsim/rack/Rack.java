package io.patchbay.hwsim.rack;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.frame.LinkAggregationGroup;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.node.Cluster;
import io.patchbay.hwsim.node.Host;
import io.patchbay.hwsim.node.ManagementNetwork;
import io.patchbay.hwsim.node.Node;
import io.patchbay.hwsim.node.NodeDescription;
import io.patchbay.hwsim.node.PfDescription;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.node.SharedFolder;
import io.patchbay.hwsim.node.Words;
import io.patchbay.hwsim.tor.MlagPair;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.Underlay;
import io.patchbay.linux.NetworkNamespace;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A rack that runs: machines with NICs, switches, the cables between them and the gateways behind
 * them. It needs a network and a mount namespace of its own, in which its management network is the
 * only one. Daemons are started by {@link #startDaemons}. Closing takes all of it away.
 */
public final class Rack implements AutoCloseable {
  private final RackDescription description;
  private final Stack opened = new Stack();
  private final Map<String, SimulatedSwitch> switches = new LinkedHashMap<>();
  private final Map<String, MachineNics> nics = new LinkedHashMap<>();
  private final Map<String, Cable> wires = new LinkedHashMap<>();
  private final Map<String, Gateway> gateways = new LinkedHashMap<>();
  private final Map<String, Host> hosts = new LinkedHashMap<>();
  private final Cluster cluster;

  private Rack(RackDescription description, Path folder, Words words) {
    this.description = description;
    try {
      this.cluster = assemble(folder, words);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private Cluster assemble(Path folder, Words words) {
    opened.push(SharedFolder.mount(folder));
    NetworkNamespace home = opened.push(NetworkNamespace.own());
    ManagementNetwork management = opened.push(ManagementNetwork.open(home));
    String password = new BigInteger(128, new SecureRandom()).toString(36);
    description.switches().forEach(tor -> start(tor, password));
    description.mlag().forEach(this::join);
    Underlay underlay = opened.push(new Underlay());
    description.underlay().forEach(leaf -> underlay.join(tor(leaf)));
    Inventory inventory = new Inventory(folder);
    inventory.cables(description);
    inventory.switches(description, this::tor, password);
    Host.Site site = new Host.Site(folder, management, words.with("RACK", folder.toString()));
    description
        .hosts()
        .forEach(host -> hosts.put(host.name(), opened.push(Host.start(host, site))));
    List<Node> nodes = new ArrayList<>();
    for (NodeDescription node : description.nodes()) {
      nodes.add(opened.push(Node.start(node, description.images(), site)));
    }
    nodes.forEach(node -> nics.put(node.name(), plugIn(node, folder.resolve(node.name()))));
    description.gateways().forEach(gateway -> gateways.put(gateway.service(), open(gateway)));
    return opened.push(new Cluster(nodes));
  }

  /**
   * Builds a rack in a folder of its own, with no daemon running yet.
   *
   * @param words what {@code ${NAME}} stands for in the rack file; RACK is added
   */
  public static Rack build(RackDescription description, Path folder, Words words) {
    return new Rack(description, folder, words);
  }

  /** Nobody needs to know the password of a switch that lives for minutes: it is made up. */
  private void start(SwitchDescription tor, String password) {
    Access said = tor.netconf();
    Access access =
        new Access(
            ManagementNetwork.ADDRESS,
            said.port(),
            said.user(),
            password,
            said.authorizedKeys(),
            said.hostKeyFile());
    switches.put(
        tor.name(), opened.push(SimulatedSwitch.start(tor.managed(access), Time.system())));
  }

  private void join(RackDescription.Mlag pair) {
    Cable link = opened.push(new Cable(pair.primary() + "-" + pair.secondary()));
    MlagPair.join(
        new MlagPair.Member(tor(pair.primary()), link.nicEnd()),
        new MlagPair.Member(tor(pair.secondary()), link.switchEnd()),
        description.mlags(pair));
  }

  /** Lays a cable to each of some switch ports, or one that leads nowhere. */
  private List<Cable> lay(String name, List<RackDescription.SwitchPort> ports) {
    List<Cable> cables = new ArrayList<>();
    for (RackDescription.SwitchPort port : ports) {
      Cable cable = opened.push(new Cable(name + "-" + port.switchName()));
      tor(port.switchName()).attach(port.port(), cable.switchEnd());
      cables.add(cable);
    }
    return cables.isEmpty() ? List.of(opened.push(new Cable(name))) : cables;
  }

  private static FramePort bond(List<Cable> cables) {
    return cables.size() == 1
        ? cables.getFirst().nicEnd()
        : new LinkAggregationGroup(cables.stream().map(Cable::nicEnd).toList());
  }

  private MachineNics plugIn(Node node, Path folder) {
    List<MachineNics.Plugged> plugged = new ArrayList<>();
    for (PfDescription nic : node.description().nics()) {
      List<RackDescription.SwitchPort> ends =
          cable(node.name(), nic.pf()).map(RackDescription.Cable::ends).orElse(List.of());
      List<Cable> cables = lay(node.name() + "-" + nic.pf(), ends);
      wires.put(node.name() + "-" + nic.pf(), cables.getFirst());
      plugged.add(new MachineNics.Plugged(nic.hardware(), bond(cables)));
    }
    NetworkNamespace network = node.host().network();
    MachineNics nics =
        opened.push(
            MachineNics.open(
                new MachineNics.Machine(
                    network, folder.resolve("pci"), folder.resolve("pf.netlink")),
                plugged));
    for (PfDescription nic : node.description().nics()) { // as its network configuration does
      network.links().up(network.links().require(nic.pf()).index());
    }
    return nics;
  }

  private Gateway open(RackDescription.Gateway gateway) {
    List<Cable> cables = lay(gateway.service(), gateway.ends());
    return opened.push(Gateway.open(gateway, vlan(gateway), bond(cables)));
  }

  /** The access VLAN that the switch's factory setting gives a gateway's port. */
  private int vlan(RackDescription.Gateway gateway) {
    return description.switches().stream()
        .filter(tor -> tor.name().equals(gateway.switchName()))
        .flatMap(tor -> tor.ports().stream())
        .filter(port -> port.name().equals(gateway.port()))
        .map(SwitchDescription.Port::accessVlan)
        .findFirst()
        .orElse(0);
  }

  /** Starts every daemon of every machine: those without NICs first. */
  public void startDaemons() {
    hosts.values().forEach(Host::startDaemons);
    description.nodes().forEach(node -> cluster.node(node.name()).host().startDaemons());
  }

  /** What the rack file says. */
  public RackDescription description() {
    return description;
  }

  /** The nodes and their pods. */
  public Cluster cluster() {
    return cluster;
  }

  /** A machine without NICs. */
  public Host host(String name) {
    return known(hosts, "host", name);
  }

  /** A switch. */
  public SimulatedSwitch tor(String name) {
    return known(switches, "switch", name);
  }

  /** A node's NICs. */
  public MachineNics nics(String node) {
    return known(nics, "node", node);
  }

  /** The cable itself, to be pulled out and put back; of a NIC with two links the first one. */
  public Cable wire(String node, String pf) {
    return known(wires, "cable", node + "-" + pf);
  }

  /** The gateway that is a service. */
  public Gateway gateway(String service) {
    return known(gateways, "gateway", service);
  }

  /** The cable of a NIC, if it has one. */
  public Optional<RackDescription.Cable> cable(String node, String pf) {
    return description.cables().stream()
        .filter(cable -> cable.node().equals(node) && cable.pf().equals(pf))
        .findFirst();
  }

  private static <T> T known(Map<String, T> things, String kind, String name) {
    T thing = things.get(name);
    if (thing == null) {
      throw new Failure(
          Failure.Kind.NOT_FOUND, "no " + kind + " '" + name + "'; there are " + things.keySet());
    }
    return thing;
  }

  @Override
  public void close() {
    opened.close();
  }
}
