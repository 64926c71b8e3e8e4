package io.patchbay.hwsim.kubelet;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The part of a Kubernetes Pod that matters here: what runs in it, with which devices, and where it
 * may run. {@link Manifest} reads and writes it. An empty {@code nodeName} leaves the choice to the
 * scheduler.
 */
public record PodSpec(
    Metadata metadata,
    List<ContainerSpec> initContainers,
    List<ContainerSpec> containers,
    RestartPolicy restartPolicy,
    String nodeName,
    Map<String, String> nodeSelector) {

  /** What becomes of a container that ended. */
  public enum RestartPolicy {
    /** It is started again, however it ended. */
    ALWAYS,
    /** It is started again unless its exit status was 0. */
    ON_FAILURE,
    /** It is left alone. */
    NEVER
  }

  /** Throws {@link IllegalArgumentException} for no containers, or two of one name. */
  public PodSpec {
    initContainers = List.copyOf(initContainers);
    containers = List.copyOf(containers);
    nodeSelector = Map.copyOf(nodeSelector);
    if (containers.isEmpty()) {
      throw new IllegalArgumentException("spec.containers: a pod needs at least one");
    }
    Set<String> names = new HashSet<>();
    for (ContainerSpec container : all(initContainers, containers)) {
      if (!names.add(container.name())) {
        throw new IllegalArgumentException(
            "two containers are named '" + container.name() + "'; rename one of them");
      }
    }
  }

  /** The pod's name. */
  public String name() {
    return metadata.name();
  }

  /** Init containers, then containers, in the order they start. */
  public List<ContainerSpec> all() {
    return all(initContainers, containers);
  }

  private static List<ContainerSpec> all(List<ContainerSpec> first, List<ContainerSpec> then) {
    List<ContainerSpec> all = new ArrayList<>(first);
    all.addAll(then);
    return all;
  }

  /**
   * What the scheduler must find free on one node: the sum over containers and sidecars, or more if
   * an init container needs more beside the sidecars started before it.
   */
  public Map<String, Integer> requests() {
    Map<String, Integer> running = new LinkedHashMap<>();
    Map<String, Integer> most = new LinkedHashMap<>();
    for (ContainerSpec init : initContainers) {
      init.resources()
          .forEach(
              (name, count) -> most.merge(name, running.getOrDefault(name, 0) + count, Math::max));
      if (init.sidecar()) {
        init.resources().forEach((name, count) -> running.merge(name, count, Integer::sum));
      }
    }
    containers.forEach(container ->
        container.resources().forEach((name, count) -> running.merge(name, count, Integer::sum)));
    running.forEach((name, count) -> most.merge(name, count, Math::max));
    return most;
  }
}
