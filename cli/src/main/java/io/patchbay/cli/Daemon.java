package io.patchbay.cli;

import io.patchbay.base.Environment;
import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Time;
import java.util.List;
import java.util.Map;

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

  /** Starts it with the configuration that the environment holds. */
  AutoCloseable run(Map<String, String> environment) {
    return start.start(Environment.read(config, environment), Time.system());
  }

  /** The variables that configure it. */
  List<Variable> variables() {
    return Environment.variables(config);
  }
}
