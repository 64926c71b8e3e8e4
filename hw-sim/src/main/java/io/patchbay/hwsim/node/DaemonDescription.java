package io.patchbay.hwsim.node;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process that a host runs: its words and its environment, both with {@code ${NAME}} references
 * that {@link Words} resolves.
 */
public record DaemonDescription(String name, List<String> command, Map<String, String> env) {
  public DaemonDescription(
      @Nullable String name, @Nullable List<String> command, @Nullable Map<String, String> env) {
    this.name = Check.text("daemons.name", name);
    this.command = Check.list(command);
    this.env = Check.map(env);
    if (this.command.isEmpty()) {
      throw Check.wrong("daemons[" + name + "].command", "is missing");
    }
  }
}
