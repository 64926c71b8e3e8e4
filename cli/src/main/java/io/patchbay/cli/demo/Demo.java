package io.patchbay.cli.demo;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.node.PodStatus;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.node.Words;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.linux.Ping;
import io.patchbay.workloads.Injection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The demonstration: its steps in order, each of which proves what it says or throws what it saw.
 * Runs in a world of its own.
 */
final class Demo implements Showing.Play {
  /** What can be asked of it. */
  record Settings(Path rackFile, Path folder, String fault) {}

  private static final Duration UP = Duration.ofSeconds(90);
  private static final Duration READY = Duration.ofSeconds(40);
  private static final Duration GONE = Duration.ofSeconds(10);

  private final Settings settings;
  private final Progress progress;
  private final Report report;
  private final Stack opened = new Stack();

  Demo(Settings settings, Progress progress, Report report) {
    this.settings = settings;
    this.progress = progress;
    this.report = report;
  }

  /** All steps. Throws at the first that does not hold. */
  @Override
  public void run() {
    Layout layout = Layout.readFile(settings.rackFile());
    Rack rack = build(layout.description());
    Hardware hardware = new Hardware(rack);
    Pods pods =
        new Pods(
            rack.cluster(), settings.rackFile(), new Injection(List.of(), List.of("patchbay/nsc")));
    Wires wires = new Wires(rack, hardware, pods);
    progress.step("daemons up, NICs and switches ready", () -> ready(rack, hardware));
    String before = hardware.running();
    Set<String> traces = Traces.of(rack);
    progress.step("a VF without a service reaches nothing", wires::probeAll);
    hardware.remember();
    hardware(layout, rack, pods, wires);
    software(pods, wires);
    String picture = Picture.draw(rack, hardware);
    progress.step("another pod on the same NIC goes", () -> neighbour(rack, pods, wires));
    new SwitchLoss(layout, rack, hardware, pods, wires, report).run(progress);
    new Refusals(layout, hardware, pods, report).run(progress);
    new Crashes(layout, rack, pods, wires, report).run(progress);
    new Exhaustion(layout, hardware, pods, report).run(progress);
    progress.step(
        "everything as it was", () -> clean(rack, hardware, pods, new Before(before, traces)));
    progress.say("\nWhile all were connected:\n\n" + picture + "\n");
  }

  private record Before(String running, Set<String> traces) {}

  private Rack build(RackDescription description) {
    Words words =
        new Words(
            Map.of(
                "PATCHBAY", World.self(),
                "BREAK", List.of(settings.fault()),
                "EXAMPLES", List.of(settings.rackFile().resolveSibling("").toString())));
    Rack[] built = new Rack[1];
    progress.step(
        "rack powered on",
        () -> {
          built[0] = opened.push(Rack.build(description, settings.folder(), words));
          return description.nodes().size()
              + " nodes, "
              + description.switches().size()
              + " switches, an MLAG pair";
        });
    return built[0];
  }

  private static String ready(Rack rack, Hardware hardware) {
    rack.startDaemons();
    See.becomes(hardware.capacity(), hardware::allocatable, "allocatable", UP);
    return hardware.allocatable().toString();
  }

  private void hardware(Layout layout, Rack rack, Pods pods, Wires wires) {
    String myns = rack.gateway("myns").address();
    String other = rack.gateway("other").address();
    progress.step(
        "cnf-1, cnf-2, cnf-3: pods get their VFs",
        () -> {
          List.of("cnf-1", "cnf-2", "cnf-3").forEach(pods::applyExample);
          See.equal(layout.first(), pods.awaitRunning("cnf-1").node(), "cnf-1 on");
          See.equal(layout.second(), pods.awaitRunning("cnf-2").node(), "cnf-2 on");
          See.equal(layout.first(), pods.awaitRunning("cnf-3").node(), "cnf-3 on");
          return pods.devices("cnf-1") + " " + pods.devices("cnf-2") + " " + pods.devices("cnf-3");
        });
    String[] address = new String[4];
    progress.step(
        "cnf-1, cnf-2, cnf-3: connected",
        () -> {
          for (int pod = 1; pod <= 3; pod++) {
            address[pod] = pods.awaitWire("cnf-" + pod, Wires.INTERFACE);
          }
          return address[1] + " " + address[2] + " " + address[3];
        });
    progress.step(
        "cnf-1 reaches myns and nobody else",
        () -> {
          Report.Wire wire = wires.prove("cnf-1", "myns", List.of(other, address[2], address[3]));
          report.put("hardware", wire);
          return Wires.shown(wire);
        });
    progress.step(
        "cnf-2 reaches other and nobody else",
        () -> {
          Report.Wire wire = wires.prove("cnf-2", "other", List.of(myns, address[1]));
          report.put("second", wire);
          return Wires.shown(wire);
        });
    progress.step(
        "cnf-3 reaches other and cnf-2, but not cnf-1",
        () -> {
          Report.Wire wire = wires.prove("cnf-3", "other", List.of(myns, address[1]));
          wires.ping("cnf-3", address[2]);
          return Wires.shown(wire);
        });
  }

  private void software(Pods pods, Wires wires) {
    progress.step(
        "app-1 reaches its endpoint pod",
        () -> {
          pods.applyExample("gateway-1");
          pods.awaitRunning("gateway-1");
          pods.applyExample("app-1");
          String own = pods.awaitWire("app-1", Wires.INTERFACE);
          String endpoint = pods.awaitEndpoint("gateway-1");
          Ping.Result pings = wires.ping("app-1", endpoint);
          double median = Pings.medianMillis(pings);
          report.put("kernel", new Report.Kernel(pings.sent(), pings.received(), median));
          return String.format(
              Locale.ROOT,
              "%s ─ %s: %d/%d pings, %.2f ms",
              own,
              endpoint,
              pings.received(),
              pings.sent(),
              median);
        });
  }

  private static String neighbour(Rack rack, Pods pods, Wires wires) {
    int mine = rack.gateway("myns").vlan();
    String seen = wires.gone("cnf-3", Set.of(mine), GONE, () -> pods.delete("cnf-3"));
    wires.prove("cnf-1", "myns", List.of(rack.gateway("other").address()));
    return seen;
  }

  private String clean(Rack rack, Hardware hardware, Pods pods, Before before) {
    for (String pod : List.copyOf(rack.cluster().pods().keySet())) {
      pods.delete(pod.substring(pod.indexOf('/') + 1));
    }
    boolean home = comes(() -> hardware.touched().isEmpty());
    boolean restored = comes(() -> hardware.running().equals(before.running()));
    boolean allocatable = comes(() -> hardware.allocatable().equals(hardware.capacity()));
    var unused = comes(() -> Traces.left(before.traces(), Traces.of(rack)).isEmpty());
    List<String> left = Traces.left(before.traces(), Traces.of(rack));
    report.put("clean", new Report.Clean(home, restored, allocatable, left));
    See.that(home, "every VF at home as it was before", hardware.touched());
    See.equal(before.running(), hardware.running(), "the switches' running configuration");
    See.that(allocatable, "allocatable as at the start", hardware.allocatable());
    See.none(left, "leftovers");
    return "VFs home, switches byte-equal, allocatable back, nothing left";
  }

  private static boolean comes(BooleanSupplier holds) {
    return Await.comesTrue(READY, holds);
  }

  @Override
  public void close() {
    opened.close();
  }

  static boolean isPending(PodStatus status) {
    return status.phase() == PodStatus.Phase.PENDING && !status.message().isEmpty();
  }
}
