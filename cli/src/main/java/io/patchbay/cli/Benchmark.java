package io.patchbay.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/**
 * Something that {@code patchbay bench} measures. Found by {@link java.util.ServiceLoader}, for the
 * benchmarks' module stands on this one. It runs once, as root, on one thread, in a world of its
 * own: what it leaves behind goes with that.
 */
public interface Benchmark {
  /** What it is called on the command line. */
  String name();

  /** What it measures, in a few words. */
  String summary();

  /**
   * Measures. Throws {@link io.patchbay.base.Failure} when something did not work that should.
   *
   * @param folder its own, empty
   * @param progress for a line now and then to whoever waits
   */
  List<Measurement> run(Path folder, PrintWriter progress);
}
