package io.patchbay.cli.demo;

import io.patchbay.hwsim.node.PodStatus;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.hwsim.tor.SwitchDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The rack on a screen: what is connected to what, now. */
final class Picture {
  private final Rack rack;
  private final Hardware hardware;
  private final List<String> lines = new ArrayList<>();

  private Picture(Rack rack, Hardware hardware) {
    this.rack = rack;
    this.hardware = hardware;
  }

  static String draw(Rack rack, Hardware hardware) {
    Picture picture = new Picture(rack, hardware);
    rack.description().nodes().forEach(node -> picture.node(node.name()));
    rack.description().switches().forEach(picture::tor);
    return String.join("\n", picture.lines);
  }

  private void node(String node) {
    lines.add("  ┌─ " + node + " " + "─".repeat(Math.max(0, 70 - node.length())));
    for (Map.Entry<String, PodStatus> pod : rack.cluster().pods().entrySet()) {
      if (pod.getValue().node().equals(node)) {
        lines.add("  │ " + pod(pod.getKey(), pod.getValue()));
      }
    }
    long free = hardware.vfs(node).stream().filter(Hardware.Vf::untouched).count();
    lines.add("  │ " + free + " of " + hardware.vfs(node).size() + " VFs as at the start");
    for (RackDescription.Cable cable : rack.description().cables()) {
      if (cable.node().equals(node)) {
        String line = "  └─ " + cable.pf() + " ══════ ";
        for (var trunk : hardware.trunks(cable).entrySet()) {
          lines.add(line + trunk.getKey() + " trunk " + trunk.getValue());
          line = "     " + " ".repeat(cable.pf().length()) + "  ╚════ ";
        }
      }
    }
  }

  private String pod(String name, PodStatus status) {
    String short_ = name.substring(name.indexOf('/') + 1);
    return status.containers().stream()
        .flatMap(container -> container.devices().values().stream())
        .flatMap(List::stream)
        .findFirst()
        .map(address -> vf(short_, hardware.vf(status.node(), address)))
        .orElse(short_ + " ── kernel interface");
  }

  private static String vf(String pod, Hardware.Vf vf) {
    int vlan = vf.state().settings().vlan();
    return pod + " ── VF " + vf.address() + (vlan == 0 ? " (not connected)" : " ── vlan " + vlan);
  }

  private void tor(SwitchDescription tor) {
    for (RackDescription.Gateway gateway : rack.description().gateways()) {
      if (gateway.switchName().equals(tor.name())) {
        lines.add(
            "     "
                + gateway.ends().stream().map(Object::toString).collect(Collectors.joining(" + "))
                + " ── vlan "
                + rack.gateway(gateway.service()).vlan()
                + " ── "
                + gateway.service()
                + " ("
                + gateway.address()
                + ")");
      }
    }
  }
}
