package io.patchbay.bench;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.bench.SteadyChanges.Place;
import io.patchbay.cli.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A shim with many switches, each of which has a port that is in use all the time, while another
 * one is asked for now and then; and what it takes. Beside it, before it in the same run, a shim
 * with one switch to which the same number of changes is made.
 */
final class ManySwitches {
  private static final double MEBIBYTE = 1024.0 * 1024;
  private static final double MILLIS = 1000;

  /** How long a thousand key exchanges may take on a slow machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** How many first clients ask at once. */
  private static final int AT_ONCE = 32;

  /** One port of each is in use, one comes and goes. */
  private static final int CABLES = 2;

  private final Path folder;
  private final Time time;

  ManySwitches(Path folder, Time time) {
    this.folder = folder;
    this.time = time;
  }

  /**
   * @param one a shim with one switch that nobody else uses now
   * @param its its switch
   * @param switches how many the other has
   * @param changes how many are made to the one, and then to the many
   */
  List<Measurement> measure(ShimProcess one, SwitchFleet its, int switches, int changes) {
    List<Place> ports = IntStream.range(0, its.cables()).mapToObj(i -> new Place(0, i)).toList();
    Samples alone = new SteadyChanges(one, ports, time).run(changes);
    Footprint small = one.footprint(its);
    try (Stack opened = new Stack()) {
      SwitchFleet fleet =
          opened.push(new SwitchFleet(folder, Management.NETCONF, switches, CABLES, time));
      long start = time.nanos();
      ShimProcess shim = opened.push(new ShimProcess(Folders.below(folder, "s"), fleet, time));
      Await.until("all switches have been read", PATIENCE, shim::allRead);
      double dialled = (time.nanos() - start) / MILLIS / MILLIS;
      useAll(shim, switches);
      List<Place> second = IntStream.range(0, switches).mapToObj(i -> new Place(i, 1)).toList();
      Samples changed = new SteadyChanges(shim, second, time).run(changes);
      List<Measurement> results = new ArrayList<>();
      String many = "%,d switches".formatted(switches);
      results.add(Measurement.of(many + ": started to all connected", dialled / MILLIS, "s"));
      String beside = "one switch, as many changes";
      results.add(
          Measurement.of(many + ", 10 changes a second in all p50", changed.p50(), "ms")
              .against(beside, alone.p50()));
      results.add(
          Measurement.of(many + ", 10 changes a second in all p99", changed.p99(), "ms")
              .against(beside, alone.p99()));
      results.addAll(taken(many, switches, shim.footprint(fleet), small));
      return results;
    }
  }

  private static void useAll(ShimProcess shim, int switches) {
    for (int first = 0; first < switches; first += AT_ONCE) {
      List<Integer> next =
          IntStream.range(first, Math.min(switches, first + AT_ONCE)).boxed().toList();
      Callers.atOnce(
          next,
          i -> {
            var unused = shim.request("standing-" + i, SwitchFleet.vf(i, 0));
          });
    }
  }

  private static List<Measurement> taken(
      String many, int switches, Footprint shim, Footprint small) {
    String beside = "with one switch";
    return List.of(
        Measurement.of(many + ": connections to them", shim.connections(), "sockets")
            .atMost(1, "switches", switches),
        Measurement.of(many + ": heap in use after a collection", shim.heap() / MEBIBYTE, "MiB")
            .against(beside, small.heap() / MEBIBYTE),
        Measurement.of(many + ": resident memory", shim.resident() / MEBIBYTE, "MiB")
            .against(beside, small.resident() / MEBIBYTE),
        Measurement.of(many + ": threads", shim.threads(), "threads")
            .against(beside, small.threads()),
        Measurement.of(many + ": open descriptors", shim.descriptors(), "files")
            .against(beside, small.descriptors()));
  }
}
