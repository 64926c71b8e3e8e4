package io.patchbay.cli;

import io.patchbay.base.Environment;
import io.patchbay.base.Time;
import io.patchbay.workloads.Nsc;
import io.patchbay.workloads.NscConfig;
import io.patchbay.workloads.Surroundings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** The client in a pod: beside the application, or before it with {@code --once}. */
final class NscCommand implements Callable<Integer> {
  private final UntilStopped runner = new UntilStopped("nsc");

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show the environment variables that configure it.")
  private boolean help;

  @Option(
      names = "--once",
      description = "Connect, leave the connections to the client that follows, and end.")
  private boolean once;

  @Override
  public Integer call() {
    if (once) {
      return runner.report(() -> Nsc.once(config(), Surroundings.own(), Time.system()));
    }
    return runner.run(() -> Nsc.of(config(), Surroundings.own(), Time.system()), Nsc::connect);
  }

  private static NscConfig config() {
    return Environment.read(NscConfig.class, System.getenv());
  }
}
