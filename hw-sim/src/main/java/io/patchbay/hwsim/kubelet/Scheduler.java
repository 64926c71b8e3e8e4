package io.patchbay.hwsim.kubelet;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Chooses a node for a pod as kube-scheduler would where only extended resources and node labels
 * count. Pure: numbers in, decision out.
 */
public final class Scheduler {
  /** A node as the scheduler sees it; {@code requested} is what its pods already count for. */
  public record Candidate(
      String name,
      Map<String, String> labels,
      Map<String, Integer> allocatable,
      Map<String, Integer> requested) {
    public Candidate {
      labels = Map.copyOf(labels);
      allocatable = Map.copyOf(allocatable);
      requested = Map.copyOf(requested);
    }

    int free(String resource) {
      return allocatable.getOrDefault(resource, 0) - requested.getOrDefault(resource, 0);
    }
  }

  /** What came of it. */
  public sealed interface Decision {
    /** The pod is bound to this node. */
    record Bound(String node) implements Decision {}

    /** No node will do now; the message is the scheduler's own wording. */
    record Pending(String message) implements Decision {}
  }

  private Scheduler() {}

  /**
   * Picks the fitting node on which most remains of what the pod asks for, the first by name among
   * equals. A pod that names its node is not the scheduler's business and is bound to it.
   */
  public static Decision decide(PodSpec pod, List<Candidate> nodes) {
    if (!pod.nodeName().isEmpty()) {
      return new Decision.Bound(pod.nodeName());
    }
    Map<String, Integer> requests = pod.requests();
    Optional<Candidate> best =
        nodes.stream()
            .filter(node -> matches(pod, node) && lacking(requests, node).isEmpty())
            .min(
                Comparator.comparingInt((Candidate node) -> -remaining(requests, node))
                    .thenComparing(Candidate::name));
    return best.isPresent()
        ? new Decision.Bound(best.get().name())
        : new Decision.Pending(reason(pod, requests, nodes));
  }

  private static boolean matches(PodSpec pod, Candidate node) {
    return node.labels().entrySet().containsAll(pod.nodeSelector().entrySet());
  }

  private static List<String> lacking(Map<String, Integer> requests, Candidate node) {
    return requests.entrySet().stream()
        .filter(request -> request.getValue() > node.free(request.getKey()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static int remaining(Map<String, Integer> requests, Candidate node) {
    return requests.keySet().stream().mapToInt(node::free).sum();
  }

  private static String reason(PodSpec pod, Map<String, Integer> requests, List<Candidate> nodes) {
    if (nodes.isEmpty()) {
      return "no nodes available to schedule pods";
    }
    Map<String, Integer> counts = new TreeMap<>();
    for (Candidate node : nodes) {
      if (matches(pod, node)) {
        lacking(requests, node)
            .forEach(name -> counts.merge("Insufficient " + name, 1, Integer::sum));
      } else {
        counts.merge("node(s) didn't match Pod's node affinity/selector", 1, Integer::sum);
      }
    }
    List<String> reasons =
        counts.entrySet().stream()
            .map(count -> count.getValue() + " " + count.getKey())
            .sorted()
            .toList();
    return "0/%d nodes are available: %s.".formatted(nodes.size(), String.join(", ", reasons));
  }
}
