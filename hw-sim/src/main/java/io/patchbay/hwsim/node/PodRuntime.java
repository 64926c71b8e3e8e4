package io.patchbay.hwsim.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.kubelet.ActivePods;
import io.patchbay.hwsim.kubelet.Pod;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The pods of one node, running and ended, until they are deleted. Safe for all threads; {@link
 * #delete} blocks until nothing of the pod is left.
 */
final class PodRuntime implements ActivePods, AutoCloseable {
  private final PodLife.Surroundings node;

  @GuardedBy("this")
  private final Map<String, PodLife> lives = new LinkedHashMap<>();

  @GuardedBy("this")
  private boolean closed;

  PodRuntime(PodLife.Surroundings node) {
    this.node = node;
  }

  /** Begins a pod's life; what becomes of it is in its status. */
  void run(Pod pod) {
    PodLife life = new PodLife(pod, node);
    synchronized (this) {
      if (closed) {
        throw new Failure(Failure.Kind.UNAVAILABLE, node.host().name() + " is going down");
      }
      lives.put(pod.uid(), life);
    }
    life.begin();
  }

  /** A pod that has not been deleted. */
  synchronized Optional<PodLife> find(String uid) {
    return Optional.ofNullable(lives.get(uid));
  }

  /** Ends a pod and forgets it; does nothing for one that is not known. */
  void delete(String uid) {
    find(uid).ifPresent(this::stop);
    synchronized (this) {
      lives.remove(uid);
    }
  }

  private void stop(PodLife life) {
    try {
      life.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "interrupted while pod " + life.pod() + " was ending", e);
    }
  }

  @Override
  public synchronized List<Pod> now() {
    return lives.values().stream().filter(PodLife::isActive).map(PodLife::pod).toList();
  }

  @Override
  public void close() {
    List<String> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(lives.keySet());
    }
    Stack steps = new Stack();
    all.forEach(uid -> steps.push(() -> delete(uid)));
    steps.close();
  }
}
