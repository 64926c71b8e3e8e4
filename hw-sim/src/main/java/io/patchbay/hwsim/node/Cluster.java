package io.patchbay.hwsim.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.kubelet.Pod;
import io.patchbay.hwsim.kubelet.PodSpec;
import io.patchbay.hwsim.kubelet.Scheduler;
import io.patchbay.hwsim.kubelet.Scheduler.Decision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Nodes and the scheduler between them: pods are applied, looked at and deleted by name, {@code
 * namespace/name} or a name alone in {@code default}. Pods that fit nowhere are tried again twice a
 * second. Closing deletes all pods; the nodes stay the caller's. Safe for all threads.
 */
public final class Cluster implements AutoCloseable {
  private static final Duration RETRY = Duration.ofMillis(500);

  /** A pod and where it is; no node yet while it is pending, for the reason given. */
  private record Placed(Pod pod, Optional<Node> node, String pendingReason) {}

  private final Map<String, Node> nodes = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<String, Placed> pods = new LinkedHashMap<>();

  @GuardedBy("this")
  private Time.Timer retry;

  @GuardedBy("this")
  private boolean closed;

  public Cluster(List<Node> nodes) {
    nodes.forEach(node -> this.nodes.put(node.name(), node));
    this.retry = Time.system().schedule(RETRY, this::placePending);
  }

  /** Applies a pod. Throws {@link Failure} of kind CONFLICT if there is one of that name. */
  public synchronized void apply(PodSpec spec) {
    String name = spec.metadata().qualified();
    if (closed || pods.containsKey(name)) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          closed ? "the cluster is closed" : "pod " + name + " exists; delete it first");
    }
    Pod pod = new Pod(UUID.randomUUID().toString(), spec);
    pods.put(name, new Placed(pod, Optional.empty(), ""));
    place(name);
  }

  private synchronized void placePending() {
    if (!closed) {
      placeAll();
      retry = Time.system().schedule(RETRY, this::placePending);
    }
  }

  @GuardedBy("this")
  private void placeAll() {
    for (String name : List.copyOf(pods.keySet())) {
      place(name);
    }
  }

  @GuardedBy("this")
  private void place(String name) {
    Placed placed = pods.get(name);
    if (placed == null || placed.node().isPresent()) {
      return;
    }
    List<Scheduler.Candidate> candidates = new ArrayList<>();
    for (Node node : nodes.values()) {
      candidates.add(node.candidate(boundTo(node)));
    }
    Decision decision = Scheduler.decide(placed.pod().spec(), candidates);
    if (decision instanceof Decision.Bound bound && nodes.containsKey(bound.node())) {
      Node node = node(bound.node());
      pods.put(name, new Placed(placed.pod(), Optional.of(node), ""));
      node.pods().run(placed.pod());
    } else {
      pods.put(name, new Placed(placed.pod(), Optional.empty(), reason(decision)));
    }
  }

  private static String reason(Decision decision) {
    return switch (decision) {
      case Decision.Pending pending -> pending.message();
      case Decision.Bound bound -> "waits for a node that does not exist: " + bound.node();
    };
  }

  /** What counts against a node: its pods that are neither finished nor gone. */
  @GuardedBy("this")
  private List<PodSpec> boundTo(Node node) {
    return pods.values().stream()
        .filter(placed -> placed.node().equals(Optional.of(node)))
        .filter(placed -> !status(placed).phase().isFinal())
        .map(placed -> placed.pod().spec())
        .toList();
  }

  /** How a pod is. Throws {@link Failure} of kind NOT_FOUND. */
  public PodStatus status(String name) {
    return status(require(name));
  }

  private static PodStatus status(Placed placed) {
    return life(placed)
        .map(PodLife::status)
        .orElseGet(() -> PodStatus.unscheduled(placed.pendingReason()));
  }

  private static Optional<PodLife> life(Placed placed) {
    return placed.node().flatMap(node -> node.pods().find(placed.pod().uid()));
  }

  private synchronized Placed require(String name) {
    Placed placed = pods.get(qualified(name));
    if (placed == null) {
      throw new Failure(
          Failure.Kind.NOT_FOUND, "no pod " + qualified(name) + "; there are " + pods.keySet());
    }
    return placed;
  }

  private static String qualified(String name) {
    return name.indexOf('/') >= 0 ? name : "default/" + name;
  }

  /** All pods by qualified name, in the order they were applied. */
  public Map<String, PodStatus> pods() {
    Map<String, PodStatus> all = new LinkedHashMap<>();
    synchronized (this) {
      pods.forEach((name, placed) -> all.put(name, status(placed)));
    }
    return all;
  }

  /**
   * Waits until a pod is as wanted and gives that status. Throws {@link Failure} of kind TIMEOUT
   * with the last status otherwise.
   */
  public PodStatus await(String name, Duration atMost, Predicate<PodStatus> wanted) {
    boolean came = Await.comesTrue(atMost, () -> wanted.test(status(name)));
    PodStatus last = status(name);
    if (!came) {
      throw new Failure(
          Failure.Kind.TIMEOUT, "pod %s after %d ms: %s".formatted(name, atMost.toMillis(), last));
    }
    return last;
  }

  /** Runs a command in a pod, as kubectl exec does, and waits for it. */
  public Execution execute(String name, List<String> command, Duration atMost) {
    return life(require(name))
        .orElseThrow(() -> new Failure(Failure.Kind.CONFLICT, "pod " + name + " does not run"))
        .execute(command, atMost);
  }

  /**
   * What a container of a pod has said since it was last started, its last 64 KiB, as kubectl logs
   * tells; empty before it has begun. Throws {@link Failure} of kind NOT_FOUND without the pod.
   */
  public String logs(String name, String container) {
    return life(require(name)).map(life -> life.logs(container)).orElse("");
  }

  /** Ends a pod and forgets it, and blocks until nothing of it is left; NOT_FOUND without it. */
  public void delete(String name) {
    Placed placed = require(name);
    placed.node().ifPresent(node -> node.pods().delete(placed.pod().uid()));
    synchronized (this) {
      pods.remove(qualified(name), placed);
      if (!closed) {
        placeAll();
      }
    }
  }

  /** A node by name. Throws {@link Failure} of kind NOT_FOUND. */
  public Node node(String name) {
    Node node = nodes.get(name);
    if (node == null) {
      throw new Failure(
          Failure.Kind.NOT_FOUND, "no node " + name + "; there are " + nodes.keySet());
    }
    return node;
  }

  @Override
  public void close() {
    List<String> all;
    synchronized (this) {
      closed = true;
      retry.cancel();
      all = List.copyOf(pods.keySet());
    }
    Stack steps = new Stack();
    all.forEach(name -> steps.push(() -> delete(name)));
    steps.close();
  }
}
