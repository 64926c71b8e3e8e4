package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.cli.demo.Hardware.Vf;
import io.patchbay.hwsim.node.ContainerStatus.State;
import io.patchbay.hwsim.node.Daemon;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Rack;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Daemons die at any moment; wires stay, and what is given up afterwards is still cleaned. */
final class Crashes {
  private static final Duration CLEANED = Duration.ofSeconds(40);

  private final Rack rack;
  private final Hardware hardware;
  private final Pods pods;
  private final Wires wires;
  private final Report report;

  Crashes(Rack rack, Hardware hardware, Pods pods, Wires wires, Report report) {
    this.rack = rack;
    this.hardware = hardware;
    this.pods = pods;
    this.wires = wires;
    this.report = report;
  }

  void run(Progress progress) {
    progress.step("kill -9 of sriov-manager and shim: wires stay", this::killed);
    progress.step(
        "a pod deleted right after is cleaned", () -> gone("cnf-2", () -> pods.delete("cnf-2")));
    progress.step(
        "a pod whose client was killed is cleaned", () -> gone("cnf-1", this::killClient));
    report.put("recovered", true);
  }

  private String killed() {
    List<Daemon> killed =
        List.of(
            rack.cluster().node("node-1").host().daemon("sriov-manager"),
            rack.cluster().node("node-2").host().daemon("sriov-manager"),
            rack.host("fabric").daemon("tor-shim"));
    killed.forEach(Daemon::kill);
    wires.ping("cnf-1", rack.gateway("myns").address());
    killed.forEach(Daemon::start);
    wires.ping("cnf-1", rack.gateway("myns").address());
    wires.ping("cnf-2", rack.gateway("other").address());
    return "20/20 pings while they were dead, 40/40 after";
  }

  /** The pod's wire goes: its VF is home and untagged, its VLAN is off the port. */
  private String gone(String pod, Runnable end) {
    Vf vf = hardware.vf(pods.status(pod).node(), pods.devices(pod).getFirst());
    RackDescription.Cable cable = hardware.cable(vf);
    end.run();
    See.becomes(
        Set.of(), () -> Set.copyOf(hardware.trunk(cable)), "VLANs at " + cable.port(), CLEANED);
    See.becomes(
        true,
        () -> hardware.vf(vf.node(), vf.address()).isUntouched(),
        pod + "'s VF home and untagged",
        CLEANED);
    return vf.address() + " home, " + cable.port() + " carries nothing";
  }

  private void killClient() {
    if (!(pods.status("cnf-1").container("nsc").state() instanceof State.Running running)) {
      throw new Failure(
          Failure.Kind.CONFLICT, "cnf-1's client does not run: " + pods.told("cnf-1"));
    }
    ProcessHandle.of(running.pid()).orElseThrow().destroyForcibly();
  }
}
