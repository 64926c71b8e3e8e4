package io.patchbay.cli;

import io.patchbay.base.Environment;
import io.patchbay.base.Time;
import io.patchbay.mesh.identity.WorkloadApi;
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
    return once ? runner.report(NscCommand::once) : runner.run(Client::start, Client::connect);
  }

  private static void once() {
    NscConfig config = config();
    try (WorkloadApi api = identity(config)) {
      Nsc.once(config, Surroundings.own(api.identities()), Time.system());
    }
  }

  /** The client, and what says who it is. */
  private record Client(WorkloadApi api, Nsc nsc) implements AutoCloseable {
    static Client start() {
      NscConfig config = config();
      WorkloadApi api = identity(config);
      try {
        return new Client(api, Nsc.of(config, Surroundings.own(api.identities()), Time.system()));
      } catch (RuntimeException e) {
        api.close();
        throw e;
      }
    }

    void connect() {
      nsc.connect();
    }

    @Override
    public void close() {
      try (api) {
        nsc.close();
      }
    }
  }

  private static WorkloadApi identity(NscConfig config) {
    return WorkloadApi.open(config.mesh().spiffeEndpoint(), WorkloadApi.PATIENCE, Time.system());
  }

  private static NscConfig config() {
    return Environment.read(NscConfig.class, System.getenv());
  }
}
