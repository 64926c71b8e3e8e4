package io.patchbay.bench;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.cli.Benchmark;
import io.patchbay.cli.Measurement;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the kubelet waits for on a node with 256 VFs under four names each, and with 1,024. */
public final class HardwareBenchmark implements Benchmark {
  private static final int RESTARTS = 10;
  private static final List<String> DOMAINS = List.of("example.com", "lab.example.org");
  private static final List<String> CAPABILITIES = List.of("100g", "ptp");

  static final WideNode.Shape USUAL = new WideNode.Shape(2, 128, DOMAINS, CAPABILITIES);

  static final WideNode.Shape LARGE =
      new WideNode.Shape(8, 128, List.of("example.com"), CAPABILITIES);

  /** A config that names no PF is refused. */
  static final WideNode.Shape IDLE =
      new WideNode.Shape(1, 1, List.of("example.com"), List.of("100g"));

  @Override
  public String name() {
    return "hardware";
  }

  @Override
  public String summary() {
    return "Allocate, withdrawal and registration with 256 VFs under four names each, and 1,024.";
  }

  @Override
  public List<Measurement> run(Path folder, PrintWriter progress) {
    Time time = Time.system();
    List<Measurement> results = new ArrayList<>();
    tell(progress, "256 VFs under four names …");
    try (WideNode wide = new WideNode(USUAL, made(folder, "usual"))) {
      usual(wide, folder, progress, time, results);
    }
    tell(progress, "1,024 VFs …");
    try (WideNode wide = new WideNode(LARGE, made(folder, "large"))) {
      results.addAll(large(wide, time));
    }
    tell(progress, "next to none …");
    try (WideNode wide = new WideNode(IDLE, made(folder, "idle"))) {
      wide.memory("1 VF").forEach(results::add);
    }
    return results;
  }

  private static Path made(Path folder, String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }

  private static void tell(PrintWriter progress, String what) {
    progress.println(what);
    progress.flush();
  }

  private static void usual(
      WideNode wide, Path folder, PrintWriter progress, Time time, List<Measurement> results) {
    tell(progress, "Allocate …");
    try (Allocations allocations = new Allocations(wide, folder, time)) {
      results.addAll(allocations.measure());
    }
    tell(progress, "withdrawal …");
    try (Withdrawals withdrawals = new Withdrawals(wide, time)) {
      Withdrawals.Grants grants = withdrawals.grants();
      Samples seen = grants.withdrawal();
      results.add(Measurement.of("Allocate, one at a time p50", grants.allocate().p50(), "ms"));
      results.add(
          Measurement.of("Allocate, one at a time p99", grants.allocate().p99(), "ms")
              .atMost(1, "the target", 5));
      results.add(
          Measurement.of("Allocate to the siblings' withdrawal p50", seen.p50(), "ms")
              .atMost(1, "the target", 10));
      results.add(Measurement.of("Allocate to the siblings' withdrawal p99", seen.p99(), "ms"));
      tell(progress, "links …");
      results.addAll(withdrawals.afterLinks(USUAL.vfs()));
    }
    tell(progress, "the kubelet restarts …");
    results.add(registration(wide, time));
    wide.memory("256 VFs under 4 names").forEach(results::add);
  }

  /** From the kubelet's start until it knows all devices of all names again. */
  private static Measurement registration(WideNode wide, Time time) {
    Samples samples = new Samples(time);
    for (int i = 0; i < RESTARTS; i++) {
      wide.node().kubelet().restart();
      samples.time(wide::awaitAll);
    }
    return Measurement.of("kubelet started to all devices known p50", samples.p50(), "ms")
        .atMost(1, "the target", 1000);
  }

  private static List<Measurement> large(WideNode wide, Time time) {
    List<Measurement> results = new ArrayList<>();
    try (Withdrawals withdrawals = new Withdrawals(wide, time)) {
      Samples seen = withdrawals.grants().withdrawal();
      results.add(
          Measurement.of("ListAndWatch, 1,024 devices: bytes", withdrawals.bytes(), "bytes"));
      results.add(
          Measurement.of(
              "ListAndWatch, 1,024 devices: Allocate to the list p50", seen.p50(), "ms"));
      results.add(
          Measurement.of(
              "ListAndWatch, 1,024 devices: Allocate to the list p99", seen.p99(), "ms"));
    }
    wide.memory("1,024 VFs").forEach(results::add);
    return results;
  }
}
