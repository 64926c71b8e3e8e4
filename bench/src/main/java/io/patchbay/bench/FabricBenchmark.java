package io.patchbay.bench;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Benchmark;
import io.patchbay.cli.Measurement;
import io.patchbay.linux.NetworkNamespace;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a TOR shim adds to the time that its switch takes, and how it comes back from a kill. */
public final class FabricBenchmark implements Benchmark {
  /**
   * How much of it is done.
   *
   * @param ports of one switch, asked for at once
   * @param bursts how often that is done
   * @param singles how often a port by itself
   * @param kills how often the shim is killed in each state
   */
  record Extent(int ports, int bursts, int singles, int kills) {}

  private static final Extent USUAL = new Extent(64, 12, 80, 4);
  private static final double MEBIBYTE = 1024.0 * 1024;

  @Override
  public String name() {
    return "fabric";
  }

  @Override
  public String summary() {
    return "64 switch ports at once, one, and after a kill of the shim, beside the driver alone.";
  }

  @Override
  public List<Measurement> run(Path folder, PrintWriter progress) {
    try (NetworkNamespace world = NetworkNamespace.own()) {
      world.links().up(world.links().require("lo").index());
    }
    return run(folder, progress, USUAL, Time.system());
  }

  /** Needs a network namespace in which {@code lo} is up. */
  static List<Measurement> run(Path folder, PrintWriter progress, Extent extent, Time time) {
    List<Measurement> results = new ArrayList<>();
    try (Stack opened = new Stack()) {
      SwitchFleet one = opened.push(new SwitchFleet(below(folder, "one"), 1, extent.ports(), time));
      DirectDriver direct = opened.push(new DirectDriver(one.entry(0), folder, time));
      try (ShimProcess shim = new ShimProcess(below(folder, "s"), one, time)) {
        PortsAtOnce ports = new PortsAtOnce(shim, direct, one, time);
        tell(progress, extent.ports() + " ports at once …");
        results.addAll(ports.together(extent.bursts()));
        tell(progress, "one port …");
        results.addAll(ports.single(extent.singles()));
        results.add(Measurement.of("memory of the shim", shim.memory() / MEBIBYTE, "MiB"));
        tell(progress, "the shim is killed …");
        results.addAll(new ShimKilled(shim, one, time).measure(extent.kills()));
      }
    }
    return results;
  }

  private static void tell(PrintWriter progress, String what) {
    progress.println(what);
    progress.flush();
  }

  private static Path below(Path folder, String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }
}
