package io.patchbay.bench;

import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.nic.NicSnapshot;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.Switches;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.netconf.NetconfSwitch;
import io.patchbay.torshims.netconf.SshDoor;
import io.patchbay.torshims.netconf.UndoLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * What a VF on a switched service costs at least: a durable line, a commit on the switch, and the
 * kernel's own work, asked for from one process over connections that are open already. It has a VF
 * and a switch port of its own.
 */
final class HardwareFloor implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String INTERFACE = "floor";
  private static final IpPrefix ADDRESS = IpPrefix.parse("172.31.0.1/24");

  /** A port that no cable leads to, so that the shim never touches it. */
  private static final String PORT = "Ethernet64";

  private final Stack opened = new Stack();
  private final NetworkNamespace home;
  private final NetworkNamespace pod;
  private final VfSnapshot vf;
  private final VirtualFunctions pfs;
  private final int pf;
  private final SwitchDriver tor;
  private final Journal journal;
  private final Time time;
  private final Samples whole;
  private final Samples line;
  private final Samples commit;
  private final Samples tag;
  private final Samples move;
  private final Samples address;
  private int turn;

  HardwareFloor(Rack rack, String node, Path folder, NetworkNamespace pod, Time time) {
    this.time = time;
    this.pod = pod;
    this.home = rack.cluster().node(node).host().network();
    this.whole = new Samples(time);
    this.line = new Samples(time);
    this.commit = new Samples(time);
    this.tag = new Samples(time);
    this.move = new Samples(time);
    this.address = new Samples(time);
    NicSnapshot nic = rack.nics(node).snapshot().getFirst();
    this.vf = nic.vfs().getLast();
    NetlinkEndpoint netlink = NetlinkEndpoint.unix(folder.resolve(node).resolve("pf.netlink"));
    this.pfs = opened.push(new VirtualFunctions(netlink));
    this.pf = pfs.physicalFunction(nic.nic().netdev()).index();
    SwitchEntry entry = Switches.readFile(folder.resolve("switches.yaml")).switches().getFirst();
    SshDoor door = opened.push(new SshDoor());
    this.journal = opened.push(Journal.open(folder.resolve("floor.journal")));
    UndoLog undo = new UndoLog(journal, entry.name());
    this.tor = opened.push(new NetconfSwitch(entry, door, "floor", undo, VlanNames.NUMBERS, time));
  }

  /**
   * The same rack with a port for the floor on its first switch, and every cable to one switch
   * alone, since the floor commits on one.
   */
  static RackDescription withItsPort(RackDescription rack) {
    List<SwitchDescription> switches = new ArrayList<>(rack.switches());
    SwitchDescription first = switches.removeFirst();
    List<SwitchDescription.Port> ports = new ArrayList<>(first.ports());
    ports.add(SwitchDescription.Port.bare(PORT));
    switches.addFirst(
        new SwitchDescription(first.name(), ports, first.netconf(), first.capabilities()));
    return new RackDescription(
        rack.nodes(),
        rack.hosts(),
        switches,
        List.of(),
        List.of(),
        rack.cables().stream().map(RackDescription.Cable::single).toList(),
        rack.gateways().stream().map(RackDescription.Gateway::single).toList(),
        rack.images());
  }

  /** Does all of it once, and undoes it, which does not count. */
  void run() {
    turn++;
    String name = vf.binding().netdev().orElseThrow().name();
    int index = home.links().require(name).index();
    long start = time.nanos();
    line.time(() -> journal.put("vf", "turn " + turn));
    commit.time(this::program);
    tag.time(() -> tag(VfVlan.tag(100)));
    Link there = move.time(() -> home.links().moveAndRename(index, pod, INTERFACE));
    address.time(() -> address(there));
    whole.add(time.nanos() - start);
    var unused = pod.links().moveAndRename(there.index(), home, name);
    tag(VfVlan.NONE);
  }

  /** Another VLAN each time, for what is so already costs no commit. */
  private void program() {
    TreeSet<Integer> vlan = new TreeSet<>(List.of(300 + turn % 2));
    tor.apply(Map.of(PORT, new PortConfig.Trunk(vlan, OptionalInt.empty())), PATIENCE);
  }

  private void tag(VfVlan vlan) {
    pfs.vlan(pf, vf.number(), vlan);
    var unused = pfs.read(pf, vf.number());
  }

  private void address(Link there) {
    pod.links().up(there.index());
    pod.links().addresses().add(there.index(), ADDRESS);
  }

  /** Forgets what was measured so far. */
  void clear() {
    List.of(whole, line, commit, tag, move, address).forEach(Samples::clear);
  }

  Samples whole() {
    return whole;
  }

  Samples line() {
    return line;
  }

  Samples commit() {
    return commit;
  }

  Samples tag() {
    return tag;
  }

  Samples move() {
    return move;
  }

  Samples address() {
    return address;
  }

  @Override
  public void close() {
    opened.close();
  }
}
