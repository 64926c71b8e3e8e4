package io.patchbay.cli;

import io.patchbay.base.Failure;
import io.patchbay.cli.demo.World;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code patchbay bench}: lists the benchmarks, or runs one of them in a world of its own and
 * prints what came out. Its exit status is 1 when a target is missed.
 */
@Command(name = "bench", description = "Measure, next to what it would cost at least.")
final class BenchCommand implements Callable<Integer> {
  private static final int MISTAKEN = 2;

  /**
   * What measures plays the kubelet, too, and reads all that it is sent: its own collections would
   * be counted as the daemons' time.
   */
  private static final List<String> ROOM = List.of("-Xmx1g", "-Xmn640m");

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this.")
  private boolean help;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "Which benchmark; without a name they are listed.")
  private @Nullable String name;

  @Option(names = "--report", paramLabel = "FILE", description = "Write the results as JSON.")
  private @Nullable Path report;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  BenchCommand() {}

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      return name == null ? list() : run(find(name));
    } catch (Failure e) {
      err.println("patchbay bench: " + e.getMessage());
      return e.kind() == Failure.Kind.INVALID ? MISTAKEN : 1;
    }
  }

  private static List<Benchmark> all() {
    return ServiceLoader.load(Benchmark.class).stream()
        .map(Provider::get)
        .sorted(Comparator.comparing(Benchmark::name))
        .toList();
  }

  private int list() {
    PrintWriter out = spec.commandLine().getOut();
    all().forEach(each -> out.printf("  %-12s %s%n", each.name(), each.summary()));
    out.flush();
    return 0;
  }

  private static Benchmark find(String name) {
    return all().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.INVALID,
                "no benchmark '"
                    + name
                    + "'; there are: "
                    + all().stream().map(Benchmark::name).collect(Collectors.joining(", "))));
  }

  private int run(Benchmark benchmark) {
    World.requireRoot();
    return World.isInside(System.getenv())
        ? measure(benchmark, Path.of(System.getenv(World.FOLDER)))
        : World.run(ROOM, arguments(benchmark));
  }

  private List<String> arguments(Benchmark benchmark) {
    List<String> arguments = new ArrayList<>(List.of("bench", benchmark.name()));
    if (report != null) {
      arguments.addAll(List.of("--report", report.toAbsolutePath().toString()));
    }
    return arguments;
  }

  private int measure(Benchmark benchmark, Path folder) {
    PrintWriter out = spec.commandLine().getOut();
    Measurements seen =
        new Measurements(benchmark.name(), Measurements.thisHost(), benchmark.run(folder, out));
    seen.print(out);
    if (report != null) {
      seen.write(report);
    }
    return seen.ok() ? 0 : 1;
  }
}
