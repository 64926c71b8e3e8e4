package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.Frame;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The routed network between switches that are leaves of one fabric, with their BGP: what one sends
 * for a segment comes to every other that imports it (ingress replication, RFC 8365 section 7.3).
 * In order from each to each; at most {@link Cable#QUEUE_FRAMES} wait for a leaf and the rest are
 * lost. Each leaf has a platform thread of its own until it is closed. Safe for all threads.
 */
public final class Underlay implements AutoCloseable {
  private final Map<SimulatedSwitch, ThreadPoolExecutor> leaves = new ConcurrentHashMap<>();

  /** A switch is one of its leaves for good. It may not be one of an MLAG pair. */
  public void join(SimulatedSwitch leaf) {
    leaves.put(
        leaf,
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(Cable.QUEUE_FRAMES),
            Thread.ofPlatform().daemon().name("underlay-" + leaf.name()).factory(),
            new ThreadPoolExecutor.DiscardPolicy()));
    leaf.join(this);
  }

  /** Whether a switch of that system name is one of its leaves. */
  boolean hasLeaf(String name) {
    return leaves.keySet().stream().anyMatch(leaf -> leaf.name().equals(name));
  }

  /** Brings a frame of a leaf's segment, untagged, to all other leaves. */
  void carry(SimulatedSwitch from, Segment segment, Frame frame) {
    leaves.forEach((leaf, queue) -> {
      if (leaf != from) {
        queue.execute(() -> leaf.arrive(segment, frame));
      }
    });
  }

  /** Carries nothing any more. */
  @Override
  public void close() {
    leaves.values().forEach(ThreadPoolExecutor::shutdownNow);
  }
}
