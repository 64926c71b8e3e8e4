package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.nic.NicSnapshot;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.hwsim.node.Node;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.hwsim.tor.PortCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rack's hardware as somebody with a key to the room would see it: not through any daemon. */
final class Hardware {
  private static final Pattern TRUNK_VLAN =
      Pattern.compile("<trunk-vlans[^>]*>(\\d+)</trunk-vlans>");

  /** A VF and where it is. */
  record Vf(String node, String pf, VfSnapshot state) {
    String address() {
      return state.address().toString();
    }

    /** As it was before anybody had it. */
    boolean isUntouched() {
      return isHome() && state.settings().vlan() == 0 && state.defaultMac();
    }

    boolean isHome() {
      return state.binding().netdev().filter(place -> place.home()).isPresent();
    }

    @Override
    public String toString() {
      return node
          + " "
          + address()
          + " vlan "
          + state.settings().vlan()
          + (state.defaultMac() ? "" : " mac " + state.settings().mac())
          + " "
          + state.binding().netdev().map(Object::toString).orElse("no netdev");
    }
  }

  private final Rack rack;

  Hardware(Rack rack) {
    this.rack = rack;
  }

  /** All VFs of a node. */
  List<Vf> vfs(String node) {
    List<Vf> vfs = new ArrayList<>();
    for (NicSnapshot nic : rack.nics(node).snapshot()) {
      nic.vfs().forEach(vf -> vfs.add(new Vf(node, nic.nic().netdev(), vf)));
    }
    return vfs;
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
    return vfs().stream().filter(vf -> !vf.isUntouched()).toList();
  }

  /** The cable of a VF's NIC. */
  RackDescription.Cable cable(Vf vf) {
    return rack.cable(vf.node(), vf.pf())
        .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "no cable at " + vf));
  }

  PortCounters counters(RackDescription.Cable cable) {
    return rack.tor(cable.switchName()).counters(cable.port());
  }

  PortCounters counters(String service) {
    RackDescription.Gateway gateway =
        rack.description().gateways().stream()
            .filter(known -> known.service().equals(service))
            .findFirst()
            .orElseThrow();
    return rack.tor(gateway.switchName()).counters(gateway.port());
  }

  /** The running configuration of every switch. */
  String running() {
    StringBuilder all = new StringBuilder();
    rack.description().switches().forEach(tor -> all.append(rack.tor(tor.name()).runningConfig()));
    return all.toString();
  }

  /** The VLANs that a port is configured to carry as a trunk. */
  SortedSet<Integer> trunk(RackDescription.Cable cable) {
    String running = rack.tor(cable.switchName()).runningConfig();
    int start = running.indexOf("<name>" + cable.port() + "</name>");
    int end = running.indexOf("</interface>", start);
    SortedSet<Integer> vlans = new TreeSet<>();
    Matcher vlan = TRUNK_VLAN.matcher(running.substring(start, end));
    while (vlan.find()) {
      vlans.add(Integer.parseInt(vlan.group(1)));
    }
    return vlans;
  }

  /** How many of each resource the scheduler may count on, at each node. */
  Map<String, Integer> allocatable(String node) {
    Node known = rack.cluster().node(node);
    return known.kubelet().devices().allocatable();
  }
}
