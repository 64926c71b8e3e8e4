package io.patchbay.identity;

import java.util.List;
import java.util.Optional;

/**
 * What the kernel and the node say of a process.
 *
 * @param executable its program's file; of one that was replaced since, its name with " (deleted)"
 * @param network whose network namespace it is in
 * @param pod which pod that is, if it is one
 */
record Caller(
    long pid,
    long uid,
    String executable,
    List<String> arguments,
    Rule.Network network,
    Optional<Pod> pod) {
  Caller {
    arguments = List.copyOf(arguments);
  }

  /** A pod of this node. */
  record Pod(String namespace, String name) {}

  @Override
  public String toString() {
    return "process "
        + pid
        + " (uid "
        + uid
        + ", "
        + executable
        + ", network "
        + pod.map(each -> "of pod " + each.namespace() + "/" + each.name()).orElse(network.name())
        + ")";
  }
}
