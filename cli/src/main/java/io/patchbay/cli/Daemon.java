package io.patchbay.cli;

import io.patchbay.base.Environment;
import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.WorkloadApi;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A daemon as the launcher sees it.
 *
 * @param name the subcommand
 * @param summary one line for {@code --help}
 * @param config its configuration record
 * @param start starts it; closing what comes back stops it
 */
record Daemon<C extends Record>(String name, String summary, Class<C> config, Start<C> start) {
  /** Starts a daemon. Throws Failure when it cannot. */
  @FunctionalInterface
  interface Start<C> {
    AutoCloseable start(C config, Time time);
  }

  /** Starts a daemon that has an identity. Throws Failure when it cannot. */
  @FunctionalInterface
  interface StartAs<C> {
    AutoCloseable start(C config, Optional<Identities> identities, Time time);
  }

  /**
   * A daemon of the mesh: while it starts it is told who it is.
   *
   * @param mesh the part of its configuration that says where it asks
   */
  static <C extends Record> Daemon<C> ofMesh(
      String name,
      String summary,
      Class<C> config,
      Function<C, MeshConfig> mesh,
      StartAs<C> start) {
    return new Daemon<>(
        name,
        summary,
        config,
        (read, time) -> run(mesh.apply(read).spiffeEndpoint(), read, start, time));
  }

  private static <C> AutoCloseable run(Url endpoint, C config, StartAs<C> start, Time time) {
    return Stack.building(running -> {
      WorkloadApi api = running.push(WorkloadApi.open(endpoint, WorkloadApi.PATIENCE, time));
      var unused = running.push(start.start(config, Optional.of(api.identities()), time));
      return running;
    });
  }

  /** Starts it with the configuration that the environment holds. */
  AutoCloseable run(Map<String, String> environment) {
    return start.start(Environment.read(config, environment), Time.system());
  }

  /** The variables that configure it. */
  List<Variable> variables() {
    return Environment.variables(config);
  }
}
