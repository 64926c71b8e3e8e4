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

/** What a vWire within one machine, and one to its switch, take. */
public final class LocalBenchmark implements Benchmark {
  @Override
  public String name() {
    return "local";
  }

  @Override
  public String summary() {
    return "A kernel vWire on one node beside its floor; the hardware path and its parts.";
  }

  @Override
  public List<Measurement> run(Path folder, PrintWriter progress) {
    Time time = Time.system();
    progress.println("kernel vWires on one node …");
    progress.flush();
    List<Measurement> results = new ArrayList<>(KernelWires.measure(below(folder, "k"), time));
    progress.println("VFs and a switch port …");
    progress.flush();
    results.addAll(HardwarePaths.measure(below(folder, "h"), time));
    return results;
  }

  /** Named by a letter: paths of unix sockets, 107 characters at most, begin with it. */
  private static Path below(Path folder, String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot make a folder in " + folder + ": " + e.getMessage(), e);
    }
  }
}
