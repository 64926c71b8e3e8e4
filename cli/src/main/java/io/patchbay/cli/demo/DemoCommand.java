package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code patchbay demo}: outside it makes a world and goes inside; inside it runs the steps. */
@Command(
    name = "demo",
    description =
        "Build a rack on this machine, connect pods to it, break things, prove each step.")
public final class DemoCommand implements Callable<Integer> {
  private static final int MISTAKEN = 2;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this.")
  private boolean help;

  @Option(names = "--report", paramLabel = "FILE", description = "Write what was seen as JSON.")
  private @Nullable Path report;

  @Option(names = "--keep", description = "Leave everything running at the end, until Ctrl-C.")
  private boolean keep;

  @Option(names = "--rack", paramLabel = "FILE", description = "Another rack than the example's.")
  private @Nullable Path rack;

  @Option(
      names = "--break",
      paramLabel = "WHAT",
      description =
          "Leave out one real action, to see the demo find it: tag, port, home or journal.")
  private @Nullable String fault;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  public DemoCommand() {}

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      World.requireRoot();
      if (fault != null && !List.of("tag", "port", "home", "journal").contains(fault)) {
        throw new Failure(
            Failure.Kind.INVALID, "--break " + fault + ": write tag, port, home or journal");
      }
      if (World.isInside(System.getenv())) {
        return inside();
      }
      var unused = Layout.readFile(rackFile()); // or it would be refused in a world made in vain
      return World.run(arguments());
    } catch (Failure e) {
      err.println("patchbay demo: " + e.getMessage());
      return e.kind() == Failure.Kind.INVALID ? MISTAKEN : 1;
    }
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("demo", "--rack", rackFile().toString()));
    if (report != null) {
      arguments.addAll(List.of("--report", report.toAbsolutePath().toString()));
    }
    if (keep) {
      arguments.add("--keep");
    }
    if (fault != null) {
      arguments.addAll(List.of("--break", fault));
    }
    return arguments;
  }

  private Path rackFile() {
    Path example =
        Path.of(System.getProperty("patchbay.home", "."), "manifests", "examples", "rack.yaml");
    return (rack == null ? example : rack).toAbsolutePath().normalize();
  }

  private int inside() {
    Report seen = new Report();
    Progress progress = new Progress(spec.commandLine().getOut(), seen, Time.system());
    Path folder = Path.of(System.getenv(World.FOLDER));
    Demo.Settings settings = new Demo.Settings(rackFile(), folder, fault == null ? "" : fault);
    return new Showing(progress, seen, Optional.ofNullable(report))
        .of(new Demo(settings, progress, seen), keep ? () -> untilTold(progress) : () -> {});
  }

  private static void untilTold(Progress progress) {
    progress.say("Everything is left running; Ctrl-C takes it away.");
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
