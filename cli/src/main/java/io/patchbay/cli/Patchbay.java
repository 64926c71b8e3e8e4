package io.patchbay.cli;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import io.patchbay.cli.demo.DemoCommand;
import io.patchbay.workloads.NscConfig;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The one command of the distribution. */
@Command(
    name = "patchbay",
    description = "Plugs a workload into a network service, down to the cable.",
    synopsisSubcommandLabel = "COMMAND")
public final class Patchbay {
  private static final String LOG_LEVEL =
      line(
          LogSetup.LEVEL_VARIABLE,
          "from which level on events are logged: " + LogSetup.LEVELS,
          LogSetup.LEVEL_FALLBACK);

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show what there is.")
  private boolean help;

  private Patchbay() {}

  /** Runs the command line and ends the process with its exit status. */
  public static void main(String[] arguments) {
    try {
      LogSetup.requireKnownLevel();
    } catch (Failure e) {
      System.err.println("patchbay: " + Failure.text(e));
      System.exit(CommandLine.ExitCode.USAGE);
    }
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Patchbay());
    line.addSubcommand("demo", new DemoCommand());
    line.addSubcommand("bench", new BenchCommand());
    line.addSubcommand("vfs", new VfsCommand());
    line.addSubcommand("fabric", new FabricCommand());
    line.addSubcommand("rehearse", new RehearseCommand());
    for (Daemon<?> daemon : Daemons.all()) {
      CommandLine command = new CommandLine(new DaemonCommand(daemon));
      describe(command, daemon.summary(), daemon.variables());
      line.addSubcommand(daemon.name(), command);
    }
    CommandLine nsc = new CommandLine(new NscCommand());
    describe(
        nsc,
        "Connects a pod to the network services it asks for.",
        io.patchbay.base.Environment.variables(NscConfig.class));
    line.addSubcommand("nsc", nsc);
    return line;
  }

  private static void describe(CommandLine command, String summary, List<Variable> variables) {
    String[] lines =
        Stream.concat(variables.stream().map(Patchbay::line), Stream.of(LOG_LEVEL))
            .map(l -> l.replace("%", "%%"))
            .toArray(String[]::new);
    command
        .getCommandSpec()
        .usageMessage()
        .description(summary)
        .footerHeading("%nEnvironment:%n")
        .footer(lines);
  }

  private static String line(Variable variable) {
    return line(variable.name(), variable.help(), variable.fallback());
  }

  private static String line(String name, String help, String fallback) {
    String otherwise = fallback.isEmpty() ? "" : " [" + fallback + "]";
    return String.format("  %-38s %s%s", name, help, otherwise);
  }
}
