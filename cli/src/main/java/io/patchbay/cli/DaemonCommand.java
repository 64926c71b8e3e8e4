package io.patchbay.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** Runs one daemon until it is told to stop. */
final class DaemonCommand implements Callable<Integer> {
  private final Daemon<?> daemon;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show the environment variables that configure it.")
  private boolean help;

  DaemonCommand(Daemon<?> daemon) {
    this.daemon = daemon;
  }

  @Override
  public Integer call() {
    return new UntilStopped(daemon.name()).run(() -> daemon.run(System.getenv()), started -> {});
  }
}
