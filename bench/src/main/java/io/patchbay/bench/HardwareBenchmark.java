package io.patchbay.bench;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Benchmark;
import io.patchbay.cli.Measurement;
import io.patchbay.cli.demo.World;
import io.patchbay.hwsim.node.Node;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.node.Words;
import io.patchbay.hwsim.rack.Rack;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the kubelet waits for on a node with 256 VFs under four names each. */
public final class HardwareBenchmark implements Benchmark {
  private static final Duration READY = Duration.ofMinutes(5);
  private static final int VFS = 256;
  private static final int RESTARTS = 10;

  /** The daemons whose memory is told. */
  private static final List<String> DAEMONS = List.of("sriov-manager", "device-plugin");

  private static final List<String> NAMES =
      List.of("example.com/100g", "example.com/ptp", "lab.example.org/100g", "lab.example.org/ptp");

  @Override
  public String name() {
    return "hardware";
  }

  @Override
  public String summary() {
    return "Allocate, withdrawal and registration with 256 VFs under four names each.";
  }

  @Override
  public List<Measurement> run(Path folder, PrintWriter progress) {
    Time time = Time.system();
    Path examples = Path.of(System.getProperty("patchbay.home", "."), "manifests", "examples");
    Words words =
        new Words(
            Map.of(
                "PATCHBAY", World.self(),
                "EXAMPLES", List.of(examples.toAbsolutePath().toString())));
    String yaml = Resources.text("wide.yaml");
    try (Stack opened = new Stack()) {
      tell(progress, "256 VFs …");
      Rack rack = opened.push(Rack.build(RackDescription.parse("wide.yaml", yaml), folder, words));
      rack.startDaemons();
      Node node = rack.cluster().node("wide");
      awaitAll(node);
      tell(progress, "Allocate …");
      List<Measurement> results = new ArrayList<>();
      try (Allocations allocations = new Allocations(node.host(), NAMES, time)) {
        results.addAll(allocations.measure());
      }
      tell(progress, "the kubelet restarts …");
      results.add(registration(node, time));
      results.addAll(memory(node));
      return results;
    }
  }

  private static void tell(PrintWriter progress, String what) {
    progress.println(what);
    progress.flush();
  }

  private static boolean allThere(Node node) {
    Map<String, Integer> there = node.kubelet().devices().allocatable();
    return NAMES.stream().allMatch(name -> there.getOrDefault(name, 0) == VFS);
  }

  private static void awaitAll(Node node) {
    Await.until("all VFs are allocatable under all names", READY, () -> allThere(node));
  }

  /** From the kubelet's start until it knows all devices of all names again. */
  private static Measurement registration(Node node, Time time) {
    Samples samples = new Samples(time);
    for (int i = 0; i < RESTARTS; i++) {
      node.kubelet().restart();
      samples.time(() -> awaitAll(node));
    }
    return Measurement.of("kubelet started to all devices known p50", samples.p50(), "ms");
  }

  private static List<Measurement> memory(Node node) {
    return DAEMONS.stream()
        .map(daemon -> {
          Optional<Long> pid = node.host().daemon(daemon).pid();
          double mebibytes = Resident.bytes(pid.orElseThrow()) / (1024.0 * 1024.0);
          return Measurement.of("memory of " + daemon, mebibytes, "MiB");
        })
        .toList();
  }
}
