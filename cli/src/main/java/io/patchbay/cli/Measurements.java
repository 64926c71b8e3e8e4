package io.patchbay.cli;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * All results of one benchmark, in the one format that measurements have here.
 *
 * @param name the benchmark's
 * @param host what it ran on
 */
record Measurements(String name, String host, List<Measurement> results) {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final Path KERNEL = Path.of("/proc/sys/kernel/osrelease");

  Measurements {
    results = List.copyOf(results);
  }

  /** Whether no target is missed. */
  boolean ok() {
    return results.stream().noneMatch(Measurement::misses);
  }

  /** The processors, the kernel and the JVM of this machine. */
  static String thisHost() {
    return String.join(
        ", ",
        Runtime.getRuntime().availableProcessors() + " × " + processor(),
        "Linux " + read(KERNEL).strip(),
        "JDK " + Runtime.version());
  }

  private static String processor() {
    return read(PROCESSORS)
        .lines()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** A line for each result. */
  void print(PrintWriter out) {
    out.printf("%n%s on %s%n%n", name, host);
    out.printf("  %-46s %10s  %s%n", "", "", "ratio to");
    for (Measurement result : results) {
      out.printf(
          Locale.ROOT,
          "  %-46s %8.2f %s%s%n",
          result.metric(),
          result.value(),
          result.unit(),
          compared(result));
    }
    out.println();
    out.flush();
  }

  private static String compared(Measurement result) {
    if (result.baseline().isEmpty()) {
      return "";
    }
    Measurement.Baseline baseline = result.baseline().get();
    String ratio =
        String.format(
            Locale.ROOT,
            "  %5.2f × %s, %.2f %s",
            result.ratio().orElseThrow(),
            baseline.what(),
            baseline.value(),
            result.unit());
    if (result.target().isEmpty()) {
      return ratio;
    }
    String target = Double.toString(result.target().getAsDouble());
    return ratio + (result.misses() ? "; MISSES " : "; meets ") + target;
  }

  /** Writes all of it as JSON. */
  void write(Path file) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("host", host);
    json.put("results", results.stream().map(Measurement::json).toList());
    json.put("ok", ok());
    try {
      Files.writeString(file, Json.pretty(json) + "\n");
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
