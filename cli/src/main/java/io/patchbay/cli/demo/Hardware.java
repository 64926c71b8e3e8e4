package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.nic.NicSnapshot;
import io.patchbay.hwsim.nic.NicSnapshot.Binding;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.hwsim.nic.VfSettings;
import io.patchbay.hwsim.node.NodeDescription;
import io.patchbay.hwsim.node.PfDescription;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.hwsim.tor.PortCounters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rack's hardware as somebody with a key to the room would see it: not through any daemon. */
final class Hardware {
  private static final Pattern TRUNK_VLAN =
      Pattern.compile("<trunk-vlans[^>]*>(\\d+)</trunk-vlans>");

  /**
   * A VF and where it is.
   *
   * @param untouched whether it is as it was before anybody had it
   */
  record Vf(String node, String pf, VfSnapshot state, boolean untouched) {
    String address() {
      return state.address().toString();
    }

    @Override
    public String toString() {
      return address()
          + (untouched ? " as it was before" : "")
          + " on "
          + node
          + " with vlan "
          + state.settings().vlan()
          + (state.defaultMac() ? "" : ", mac " + state.settings().mac())
          + state
              .binding()
              .netdev()
              .map(netdev -> ", " + netdev.name() + (netdev.home() ? " at home" : " in a pod"))
              .orElse(", no interface");
    }
  }

  /** All that somebody who has a VF could change of it. */
  private record Condition(Binding binding, VfSettings settings, boolean defaultMac) {
    static Condition of(VfSnapshot vf) {
      return new Condition(vf.binding(), vf.settings(), vf.defaultMac());
    }
  }

  private final Rack rack;
  private Map<String, Condition> before = Map.of();

  Hardware(Rack rack) {
    this.rack = rack;
  }

  /** From now on, a VF is untouched as long as it is as it is now: nobody has any yet. */
  void remember() {
    Map<String, Condition> now = new TreeMap<>();
    vfs().forEach(vf -> now.put(place(vf.node(), vf.state()), Condition.of(vf.state())));
    before = now;
  }

  private static String place(String node, VfSnapshot vf) {
    return node + " " + vf.address();
  }

  /** All VFs of a node. */
  List<Vf> vfs(String node) {
    List<Vf> vfs = new ArrayList<>();
    for (NicSnapshot nic : rack.nics(node).snapshot()) {
      nic.vfs().forEach(vf -> vfs.add(new Vf(node, nic.nic().netdev(), vf, isAsBefore(node, vf))));
    }
    return vfs;
  }

  private boolean isAsBefore(String node, VfSnapshot vf) {
    return Condition.of(vf).equals(before.get(place(node, vf)));
  }

  /** All VFs of the rack. */
  List<Vf> vfs() {
    return rack.description().nodes().stream().flatMap(node -> vfs(node.name()).stream()).toList();
  }

  /** One VF by its PCI address. */
  Vf vf(String node, String address) {
    return vfs(node).stream()
        .filter(vf -> vf.address().equals(address))
        .findFirst()
        .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "no VF " + address + " on " + node));
  }

  /** The VFs that are not as they were before anybody had them. */
  List<Vf> touched() {
    return vfs().stream().filter(vf -> !vf.untouched()).toList();
  }

  /** The cable of a VF's NIC. */
  RackDescription.Cable cable(Vf vf) {
    return rack.cable(vf.node(), vf.pf())
        .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "no cable at " + vf));
  }

  /** The switch ports of a gateway, one or two. */
  List<RackDescription.SwitchPort> ends(String service) {
    return rack.description().gateways().stream()
        .filter(known -> known.service().equals(service))
        .findFirst()
        .orElseThrow()
        .ends();
  }

  /** What the ports of one cable have counted of a VLAN together: a frame passes by one of them. */
  long counted(
      List<RackDescription.SwitchPort> ends, int vlan, ToLongFunction<PortCounters.OfVlan> what) {
    return ends.stream()
        .mapToLong(
            end -> what.applyAsLong(rack.tor(end.switchName()).counters(end.port()).vlan(vlan)))
        .sum();
  }

  /** The running configuration of every switch. */
  String running() {
    StringBuilder all = new StringBuilder();
    rack.description().switches().forEach(tor -> all.append(rack.tor(tor.name()).runningConfig()));
    return all.toString();
  }

  /** The VLANs that the ports of a cable are configured to carry as trunks, each by itself. */
  Map<RackDescription.SwitchPort, SortedSet<Integer>> trunks(RackDescription.Cable cable) {
    Map<RackDescription.SwitchPort, SortedSet<Integer>> trunks = new LinkedHashMap<>();
    cable.ends().forEach(end -> trunks.put(end, trunk(end)));
    return trunks;
  }

  private SortedSet<Integer> trunk(RackDescription.SwitchPort at) {
    String running = rack.tor(at.switchName()).runningConfig();
    int start = running.indexOf("<name>" + at.port() + "</name>");
    int end = running.indexOf("</interface>", start);
    SortedSet<Integer> vlans = new TreeSet<>();
    Matcher vlan = TRUNK_VLAN.matcher(running.substring(start, end));
    while (vlan.find()) {
      vlans.add(Integer.parseInt(vlan.group(1)));
    }
    return vlans;
  }

  /** How many of each resource the scheduler may count on, at a node. */
  Map<String, Integer> allocatable(String node) {
    return rack.cluster().node(node).kubelet().devices().allocatable();
  }

  /** The same, of every node. */
  Map<String, Map<String, Integer>> allocatable() {
    Map<String, Map<String, Integer>> all = new TreeMap<>();
    rack.description().nodes().forEach(node -> all.put(node.name(), allocatable(node.name())));
    return all;
  }

  /** What every node can give when nobody has anything: each VF under each of its names. */
  Map<String, Map<String, Integer>> capacity() {
    Map<String, Map<String, Integer>> all = new TreeMap<>();
    for (NodeDescription node : rack.description().nodes()) {
      Map<String, Integer> names = new TreeMap<>();
      for (PfDescription nic : node.nics()) {
        names(nic).forEach(name -> names.merge(name, nic.vfs(), Integer::sum));
      }
      all.put(node.name(), names);
    }
    return all;
  }

  private static List<String> names(PfDescription nic) {
    return nic.physicalFunction().serviceDomains().stream()
        .flatMap(domain ->
            nic.physicalFunction().capabilities().stream().map(name -> domain + "/" + name))
        .toList();
  }
}
