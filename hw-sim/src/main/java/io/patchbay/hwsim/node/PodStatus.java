package io.patchbay.hwsim.node;

import io.patchbay.hwsim.node.ContainerStatus.State;
import java.util.List;

/**
 * How a pod is. An empty node name means that it is not scheduled; {@code networkInode} is that of
 * its network namespace, 0 while it has none. Reason and message are empty when all is well.
 */
public record PodStatus(
    Phase phase,
    String reason,
    String message,
    String node,
    long networkInode,
    List<ContainerStatus> containers) {
  /** Where it is in its life, in the words of Kubernetes. */
  public enum Phase {
    /** Not scheduled, or not all of its containers have been started. */
    PENDING,
    /** All containers have been started. */
    RUNNING,
    /** All ended well and none is started again. */
    SUCCEEDED,
    /** One ended badly and is not started again, or the node refused the pod. */
    FAILED;

    /** Whether it holds nothing any more. */
    public boolean isFinal() {
      return this == SUCCEEDED || this == FAILED;
    }
  }

  public PodStatus {
    containers = List.copyOf(containers);
  }

  static PodStatus unscheduled(String message) {
    return new PodStatus(Phase.PENDING, "Unschedulable", message, "", 0, List.of());
  }

  /** The container of this name. */
  public ContainerStatus container(String name) {
    return containers.stream()
        .filter(container -> container.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no container " + name + " in " + this));
  }

  /** The process ids of the containers that run. */
  public List<Long> pids() {
    return containers.stream()
        .map(ContainerStatus::state)
        .filter(State.Running.class::isInstance)
        .map(state -> ((State.Running) state).pid())
        .toList();
  }
}
