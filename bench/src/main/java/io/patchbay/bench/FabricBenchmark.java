package io.patchbay.bench;

import static io.patchbay.bench.Folders.below;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Benchmark;
import io.patchbay.cli.Measurement;
import io.patchbay.hwsim.netconfd.DebianNetconfd;
import io.patchbay.linux.NetworkNamespace;
import java.io.PrintWriter;
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
  record OneSwitch(int ports, int bursts, int singles, int kills) {}

  /**
   * The other parts.
   *
   * @param switches under one shim, when there are many
   * @param changes made to them, ten a second
   * @param cuts of a link of which a switch tells by itself
   * @param seenCuts of one for which the shim has to look
   */
  record Extent(OneSwitch one, int switches, int changes, int cuts, int seenCuts) {}

  private static final Extent USUAL = new Extent(new OneSwitch(64, 12, 80, 4), 1000, 1200, 24, 12);
  private static final double MEBIBYTE = 1024.0 * 1024;

  @Override
  public String name() {
    return "fabric";
  }

  @Override
  public String summary() {
    return "64 switch ports at once, one, and after a kill of the shim, beside the driver alone;"
        + " 1,000 switches; a lost link.";
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
      OneSwitch little = extent.one();
      SwitchFleet one =
          opened.push(
              new SwitchFleet(below(folder, "one"), Management.NETCONF, 1, little.ports(), time));
      DirectDriver direct = opened.push(new DirectDriver(one.entry(0), folder, time));
      try (ShimProcess shim = new ShimProcess(below(folder, "s"), one, time)) {
        PortsAtOnce ports = new PortsAtOnce(shim, direct, one, "", time);
        tell(progress, little.ports() + " ports at once …");
        results.addAll(ports.together(little.bursts()));
        tell(progress, "one port …");
        results.addAll(ports.single(little.singles()));
        results.add(Measurement.of("memory of the shim", shim.memory() / MEBIBYTE, "MiB"));
        tell(progress, "the shim is killed …");
        results.addAll(new ShimKilled(shim, one, time).measure(little.kills()));
        tell(progress, extent.switches() + " switches …");
        results.addAll(
            new ManySwitches(below(folder, "many"), time)
                .measure(shim, one, extent.switches(), extent.changes()));
      }
    }
    results.addAll(besideNetconfd(folder, progress, extent.one(), time));
    tell(progress, "a link is lost …");
    results.addAll(
        new LinkLoss(below(folder, "told"), time)
            .measure(Management.GNMI, "the switch tells (gNMI)", extent.cuts()));
    results.addAll(
        new LinkLoss(below(folder, "seen"), time)
            .measure(Management.NETCONF, "looked for every 5 s (NETCONF)", extent.seenCuts()));
    return results;
  }

  /** The same of a server that is not ours, where it is installed. */
  private static List<Measurement> besideNetconfd(
      Path folder, PrintWriter progress, OneSwitch little, Time time) {
    if (!DebianNetconfd.isInstalled()) {
      tell(progress, "netconfd is left out, for it needs " + DebianNetconfd.PACKAGES);
      return List.of();
    }
    tell(progress, "netconfd …");
    try {
      return besideNetconfd(folder, little, time);
    } catch (Failure e) {
      tell(progress, "netconfd is left out: " + Failure.text(e)); // what was measured stays
      return List.of();
    }
  }

  private static List<Measurement> besideNetconfd(Path folder, OneSwitch little, Time time) {
    List<Measurement> results = new ArrayList<>();
    try (Stack opened = new Stack()) {
      SwitchFleet one =
          opened.push(
              SwitchFleet.ofNetconfd(below(folder, "yuma"), below(folder, "y"), little.ports()));
      DirectDriver direct = opened.push(new DirectDriver(one.entry(0), below(folder, "yd"), time));
      ShimProcess shim = opened.push(new ShimProcess(below(folder, "ys"), one, time));
      PortsAtOnce ports = new PortsAtOnce(shim, direct, one, "netconfd: ", time);
      results.addAll(ports.together(little.bursts()));
      results.addAll(ports.single(little.singles()));
    }
    return results;
  }

  private static void tell(PrintWriter progress, String what) {
    progress.println(what);
    progress.flush();
  }
}
