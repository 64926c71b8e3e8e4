package io.patchbay.cli.demo;

import io.patchbay.base.Await;
import io.patchbay.cli.demo.Hardware.Vf;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Gateway;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.hwsim.tor.PortCounters;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.Ping;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What goes over the cables: everything it should, and nothing else. */
final class Wires {
  /** The interface that a hardware pod gets. */
  static final String INTERFACE = "nsm-1";

  /** Who stands for frames without a tag in a port's counters. */
  private static final int UNTAGGED = 0;

  private static final Duration COUNTED = Duration.ofSeconds(5);

  private final Rack rack;
  private final Hardware hardware;
  private final Pods pods;

  Wires(Rack rack, Hardware hardware, Pods pods) {
    this.rack = rack;
    this.hardware = hardware;
    this.pods = pods;
  }

  /** Before any request: whoever sends from a VF, tagged or not, only raises the drop counters. */
  String probeAll() {
    int probes = 0;
    Map<String, Long> reached = reached();
    for (RackDescription.Cable cable : rack.description().cables()) {
      probes += probe(cable);
    }
    See.equal(reached, reached(), "frames to the gateways");
    return probes + " probes, all dropped at the port";
  }

  /**
   * From each VF of a NIC one frame for each VLAN. Exactly these are dropped, but for untagged
   * ones: the kernel sends some of its own from an interface that comes up.
   */
  private int probe(RackDescription.Cable cable) {
    Map<Integer, Long> before = dropped(cable, Map.of());
    NetworkNamespace node = rack.cluster().node(cable.node()).host().network();
    List<Vf> vfs =
        hardware.vfs(cable.node()).stream().filter(vf -> vf.pf().equals(cable.pf())).toList();
    for (Vf vf : vfs) {
      before.keySet().forEach(vlan -> probe(node, vf, vlan));
    }
    long each = vfs.size();
    boolean counted =
        Await.comesTrue(
            COUNTED,
            () -> dropped(cable, before).values().stream().allMatch(frames -> frames >= each));
    Map<Integer, Long> dropped = dropped(cable, before);
    boolean exactly =
        dropped.entrySet().stream()
            .allMatch(vlan -> vlan.getKey() == UNTAGGED || vlan.getValue() == each);
    See.that(
        counted && exactly,
        each + " frames of each VLAN dropped at " + cable.ends() + ", or more of " + UNTAGGED,
        dropped);
    return vfs.size() * before.size();
  }

  private void probe(NetworkNamespace node, Vf vf, int vlan) {
    String name = vf.state().binding().netdev().orElseThrow().name();
    Gateway target = rack.gateway(rack.description().gateways().getFirst().service());
    Optional<Integer> tag = vlan == UNTAGGED ? Optional.empty() : Optional.of(vlan);
    Probe.ask(node, name, tag, target.address());
  }

  /** Frames dropped at a port, beyond those before, of each gateway's VLAN and without any. */
  private Map<Integer, Long> dropped(RackDescription.Cable cable, Map<Integer, Long> before) {
    Map<Integer, Long> dropped = new TreeMap<>();
    dropped.put(UNTAGGED, dropped(cable, UNTAGGED));
    for (RackDescription.Gateway gateway : rack.description().gateways()) {
      int vlan = rack.gateway(gateway.service()).vlan();
      dropped.put(vlan, dropped(cable, vlan));
    }
    before.forEach((vlan, frames) -> dropped.merge(vlan, -frames, Long::sum));
    return dropped;
  }

  private long dropped(RackDescription.Cable cable, int vlan) {
    return hardware.counted(cable.ends(), vlan, PortCounters.OfVlan::dropped);
  }

  private Map<String, Long> reached() {
    Map<String, Long> sent = new TreeMap<>();
    for (RackDescription.Gateway gateway : rack.description().gateways()) {
      int vlan = rack.gateway(gateway.service()).vlan();
      sent.put(
          gateway.service(), hardware.counted(gateway.ends(), vlan, PortCounters.OfVlan::sent));
    }
    return sent;
  }

  /**
   * Twenty pings from a pod to the gateway that is its service, seen at both ports, and silence
   * from everybody else.
   */
  Report.Wire prove(String pod, String service, List<String> strangers) {
    String node = pods.status(pod).node();
    String resource = resource(pod);
    Vf vf = hardware.vf(node, pods.devices(pod).getFirst());
    RackDescription.Cable cable = hardware.cable(vf);
    Gateway gateway = rack.gateway(service);
    See.equal(gateway.vlan(), vf.state().settings().vlan(), pod + "'s VF on VLAN");
    Map<String, Long> before = passed(cable, gateway, Map.of());
    try (NetworkNamespace network = pods.network(pod)) {
      Ping.Result pings = Pings.twenty(network, gateway.address());
      See.equal(Pings.COUNT, pings.received(), "pings of " + pod + " answered by " + service);
      Map<String, Long> counted = counted(cable, gateway, before);
      for (String stranger : strangers) {
        See.that(!Pings.answers(network, stranger), "no answer from " + stranger, "an answer");
      }
      return new Report.Wire(
          pod,
          node,
          resource,
          vf.address(),
          cable.switchName(),
          cable.port(),
          cable.ends(),
          gateway.vlan(),
          pings.sent(),
          pings.received(),
          Pings.medianMillis(pings),
          true,
          counted);
    }
  }

  /** What the pings were for the switch, which may count the last ones a little after us. */
  private Map<String, Long> counted(
      RackDescription.Cable cable, Gateway gateway, Map<String, Long> before) {
    boolean all =
        Await.comesTrue(
            COUNTED,
            () ->
                passed(cable, gateway, before).values().stream()
                    .allMatch(frames -> frames >= Pings.COUNT));
    Map<String, Long> counted = passed(cable, gateway, before);
    See.that(all, Pings.COUNT + " frames counted at both ports", counted);
    return counted;
  }

  /** Frames of the gateway's VLAN at the pod's port and at the gateway's, beyond those before. */
  private Map<String, Long> passed(
      RackDescription.Cable cable, Gateway gateway, Map<String, Long> before) {
    Map<String, Long> passed = new TreeMap<>();
    passed.put(
        "port_received",
        hardware.counted(cable.ends(), gateway.vlan(), PortCounters.OfVlan::received));
    passed.put(
        "gateway_sent",
        hardware.counted(
            hardware.ends(gateway.service()), gateway.vlan(), PortCounters.OfVlan::sent));
    before.forEach((what, frames) -> passed.merge(what, -frames, Long::sum));
    return passed;
  }

  /**
   * Ends a pod or its client, and waits until its wire is gone: its VF as it was before, and its
   * port, or both of a pair, carrying only what others need.
   */
  String gone(String pod, Set<Integer> others, Duration atMost, Runnable end) {
    String node = pods.status(pod).node();
    String address = pods.devices(pod).getFirst();
    RackDescription.Cable cable = hardware.cable(hardware.vf(node, address));
    end.run();
    boolean gone =
        Await.comesTrue(
            atMost, () -> carry(cable, others) && hardware.vf(node, address).untouched());
    String seen = carried(cable) + ", " + hardware.vf(node, address);
    String wanted = cable.ends() + " to carry " + others + " and " + address + " as it was before";
    See.that(gone, wanted + " within " + atMost.toMillis() + " ms", seen);
    return seen;
  }

  /** Whether the port of a cable, or each of a pair, carries exactly these VLANs. */
  boolean carry(RackDescription.Cable cable, Set<Integer> vlans) {
    return hardware.trunks(cable).values().stream().allMatch(vlans::equals);
  }

  /** What they carry, for people. */
  String carried(RackDescription.Cable cable) {
    return hardware.trunks(cable).entrySet().stream()
        .map(trunk -> trunk.getKey() + " carries " + trunk.getValue())
        .collect(Collectors.joining(", "));
  }

  private String resource(String pod) {
    return pods.status(pod).containers().stream()
        .flatMap(container -> container.devices().keySet().stream())
        .findFirst()
        .orElse("");
  }

  /** Twenty pings that must all be answered. */
  Ping.Result ping(String pod, String to) {
    try (NetworkNamespace network = pods.network(pod)) {
      Ping.Result pings = Pings.twenty(network, to);
      See.equal(Pings.COUNT, pings.received(), "pings of " + pod + " answered by " + to);
      return pings;
    }
  }

  static String shown(Report.Wire wire) {
    return String.format(
        Locale.ROOT,
        "%s %s ─ %s vlan %d: %d/%d pings, %.2f ms",
        wire.node(),
        wire.vf(),
        wire.ends().stream().map(Object::toString).collect(Collectors.joining(" + ")),
        wire.vlan(),
        wire.received(),
        wire.sent(),
        wire.rttMsP50());
  }
}
