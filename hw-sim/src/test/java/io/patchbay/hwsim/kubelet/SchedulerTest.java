package io.patchbay.hwsim.kubelet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.hwsim.kubelet.ContainerSpec.Invocation;
import io.patchbay.hwsim.kubelet.PodSpec.RestartPolicy;
import io.patchbay.hwsim.kubelet.Scheduler.Candidate;
import io.patchbay.hwsim.kubelet.Scheduler.Decision;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where pods go, and what they are told when they go nowhere. */
class SchedulerTest {
  private static final List<Candidate> RACK =
      List.of(
          new Candidate("node-1", Map.of("zone", "a"), Map.of("example.com/100g", 16), Map.of()),
          new Candidate(
              "node-2",
              Map.of("zone", "b"),
              Map.of("example.com/10g", 8),
              Map.of("example.com/10g", 1)));

  private static PodSpec pod(Map<String, Integer> resources, String node, String zone) {
    return new PodSpec(
        new Metadata("p", "default", Map.of(), Map.of()),
        List.of(),
        List.of(container("c", resources, false)),
        RestartPolicy.ALWAYS,
        node,
        zone.isEmpty() ? Map.of() : Map.of("zone", zone));
  }

  private static ContainerSpec container(
      String name, Map<String, Integer> resources, boolean sidecar) {
    Invocation none = new Invocation(List.of(), List.of());
    return new ContainerSpec(name, "i", none, List.of(), resources, sidecar);
  }

  private static String decide(PodSpec pod, List<Candidate> nodes) {
    return switch (Scheduler.decide(pod, nodes)) {
      case Decision.Bound bound -> bound.node();
      case Decision.Pending pending -> pending.message();
    };
  }

  @ParameterizedTest
  @CsvSource({
    "example.com/100g, 16, '', '', node-1",
    "example.com/10g, 7, '', '', node-2",
    "example.com/10g, 8, '', '', 0/2 nodes are available: 2 Insufficient example.com/10g.",
    "example.com/25g, 1, '', '', 0/2 nodes are available: 2 Insufficient example.com/25g.",
    "example.com/10g, 8, node-9, '', node-9",
    "example.com/100g, 1, '', b, '0/2 nodes are available: 1 Insufficient example.com/100g, "
        + "1 node(s) didn''t match Pod''s node affinity/selector.'"
  })
  void countsAllocatableLessRequested(
      String resource, int count, String node, String zone, String decision) {
    assertEquals(decision, decide(pod(Map.of(resource, count), node, zone), RACK));
  }

  @Test
  void withoutNodesNothingRuns() {
    assertEquals("no nodes available to schedule pods", decide(pod(Map.of(), "", ""), List.of()));
  }

  @Test
  void mostRoomWinsAndTheNameDecidesBetweenEquals() {
    List<Candidate> nodes =
        List.of(
            new Candidate("c", Map.of(), Map.of("x.io/y", 4), Map.of("x.io/y", 1)),
            new Candidate("b", Map.of(), Map.of("x.io/y", 5), Map.of("x.io/y", 2)),
            new Candidate("a", Map.of(), Map.of("x.io/y", 2), Map.of()));
    assertEquals("b", decide(pod(Map.of("x.io/y", 1), "", ""), nodes));
    assertEquals("a", decide(pod(Map.of(), "", ""), nodes));
  }

  @Test
  void initContainersCountBesideTheSidecarsBeforeThem() {
    PodSpec pod =
        new PodSpec(
            new Metadata("p", "default", Map.of(), Map.of()),
            List.of(
                container("sidecar", Map.of("x.io/y", 1), true),
                container("init", Map.of("x.io/y", 3), false)),
            List.of(container("one", Map.of("x.io/y", 1), false)),
            RestartPolicy.ALWAYS,
            "",
            Map.of());
    assertEquals(Map.of("x.io/y", 4), pod.requests());
  }
}
