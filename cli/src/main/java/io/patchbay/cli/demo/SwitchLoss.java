package io.patchbay.cli.demo;

import io.patchbay.api.fabric.DiffRequest;
import io.patchbay.api.fabric.FabricDiff;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.SwitchDiff;
import io.patchbay.base.Await;
import io.patchbay.base.Url;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Gateway;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.linux.Ping;
import io.patchbay.sockets.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One switch of an MLAG pair loses its power: wires stay and new ones come, and when it is back it
 * gets what it has missed.
 */
final class SwitchLoss {
  /** A shim asks a switch that was away at least once a minute. */
  private static final Duration CAUGHT_UP = Duration.ofSeconds(75);

  private static final Duration GONE = Duration.ofSeconds(10);
  private static final int ANSWER_SECONDS = 20;

  private final Layout layout;
  private final Rack rack;
  private final Hardware hardware;
  private final Pods pods;
  private final Wires wires;
  private final Report report;

  SwitchLoss(Layout layout, Rack rack, Hardware hardware, Pods pods, Wires wires, Report report) {
    this.layout = layout;
    this.rack = rack;
    this.hardware = hardware;
    this.pods = pods;
    this.wires = wires;
    this.report = report;
  }

  void run(Progress progress) {
    progress.step("a switch of the pair is lost: wires stay", this::lost);
    progress.step("meanwhile a pod gets on a service", this::joins);
    progress.step("the switch is back and gets what it missed", this::returns);
    progress.step("it carries all of it without the other", this::alone);
  }

  private String lost() {
    SimulatedSwitch tor = rack.tor(layout.lost());
    tor.powerOff();
    See.that(!tor.poweredOn(), layout.lost() + " without power", "power");
    Ping.Result first = wires.ping("cnf-1", myns().address());
    Ping.Result second = wires.ping("cnf-2", other().address());
    int sent = first.sent() + second.sent();
    int received = first.received() + second.received();
    report.put("lost", new Report.Lost(layout.lost(), sent, received));
    return layout.lost() + " is dark; " + received + "/" + sent + " pings";
  }

  private String joins() {
    pods.applyExample("cnf-3");
    pods.awaitWire("cnf-3", Wires.INTERFACE);
    See.that(!rack.tor(layout.lost()).poweredOn(), layout.lost() + " still lost", "power");
    return Wires.shown(wires.prove("cnf-3", "other", List.of(myns().address())));
  }

  private String returns() {
    rack.tor(layout.lost()).powerOn();
    RackDescription.Cable cable = cable();
    Set<Integer> both = Set.of(myns().vlan(), other().vlan());
    boolean there = Await.comesTrue(CAUGHT_UP, () -> wires.carry(cable, both) && same(diff()));
    See.that(there, cable.ends() + " to carry " + both + ", and no difference", diff());
    return wires.carried(cable) + "; fabric diff shows none";
  }

  /**
   * With the cable to the other switch pulled out, all of the NIC hangs on the one that was lost.
   */
  private String alone() {
    RackDescription.Cable cable = cable();
    Cable wire = rack.wire(cable.node(), cable.pf());
    wire.unplug();
    wires.ping("cnf-1", myns().address());
    wires.ping("cnf-3", other().address());
    wire.plug();
    String seen = wires.gone("cnf-3", Set.of(myns().vlan()), GONE, () -> pods.delete("cnf-3"));
    return "40/40 pings; cnf-3 goes: " + seen;
  }

  /** The cable of the NIC that cnf-1 and cnf-3 share. */
  private RackDescription.Cable cable() {
    return hardware.cable(hardware.vf(layout.first(), pods.devices("cnf-1").getFirst()));
  }

  private Gateway myns() {
    return rack.gateway(Layout.SERVICES.getFirst());
  }

  private Gateway other() {
    return rack.gateway(Layout.SERVICES.getLast());
  }

  /** What {@code patchbay fabric diff} shows. */
  private FabricDiff diff() {
    Path socket = rack.host(layout.fabric()).ownFolder().resolve("tor-shim/fabric.sock");
    try (Channels channels = new Channels()) {
      return FabricGrpc.newBlockingStub(channels.to(new Url("unix", socket.toString())))
          .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
          .diff(DiffRequest.getDefaultInstance());
    }
  }

  private static boolean same(FabricDiff diff) {
    return diff.getSwitchesList().stream().allMatch(SwitchLoss::same);
  }

  private static boolean same(SwitchDiff tor) {
    return tor.getFailure().isEmpty()
        && tor.getPortsList().stream().allMatch(port -> port.getSame());
  }
}
