package io.patchbay.sriovmanager.events;

import java.time.Instant;

/**
 * An Event as it is to be at the API server.
 *
 * @param name its own, in the namespace of what it is about
 * @param reason one word
 * @param count how often it has happened
 */
record EventReport(
    String name, About about, String reason, String text, int count, Instant first, Instant last) {
  /** What `kubectl describe` of an object finds its events by. */
  record About(String kind, String namespace, String name, String uid) {
    static About pod(Refusal.Pod pod, String uid) {
      return new About("Pod", pod.namespace(), pod.name(), uid);
    }

    /**
     * A node is in no namespace, and its events are in {@code default}; they are found by the
     * node's name for a uid, as the kubelet writes them.
     */
    static About node(String name) {
      return new About("Node", "", name, name);
    }

    /** The namespace that its events are in. */
    String home() {
      return namespace.isEmpty() ? "default" : namespace;
    }
  }

  EventReport again(int times, Instant now) {
    return new EventReport(name, about, reason, text, count + times, first, now);
  }
}
