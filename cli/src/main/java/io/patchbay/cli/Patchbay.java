package io.patchbay.cli;

import io.patchbay.cli.demo.DemoCommand;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The one command of the distribution. */
@Command(
    name = "patchbay",
    description = "Plugs a workload into a network service, down to the cable.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {DemoCommand.class})
public final class Patchbay {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show what there is.")
  private boolean help;

  private Patchbay() {}

  /** Runs the command line and ends the process with its exit status. */
  public static void main(String[] arguments) {
    System.exit(commandLine(Daemons.all()).execute(arguments));
  }

  static CommandLine commandLine(List<Daemon<?>> daemons) {
    CommandLine line = new CommandLine(new Patchbay());
    for (Daemon<?> daemon : daemons) {
      CommandLine command = new CommandLine(new DaemonCommand(daemon));
      command.getCommandSpec().name(daemon.name());
      command.getCommandSpec().usageMessage().description(daemon.summary());
      command
          .getCommandSpec()
          .usageMessage()
          .footer(
              ("%nEnvironment:%n" + String.join("%n", escaped(daemon.variables()))).split("%n"));
      line.addSubcommand(daemon.name(), command);
    }
    return line;
  }

  private static List<String> escaped(List<String> lines) {
    return lines.stream().map(line -> line.replace("%", "%%")).toList();
  }
}
