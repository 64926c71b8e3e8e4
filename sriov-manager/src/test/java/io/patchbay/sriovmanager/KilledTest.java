package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A manager that is killed, and what its successor makes of what it finds. */
class KilledTest {
  private static final ResourceName NAME = ResourceName.parse("example.com/ptp");

  private final ModelNode node = new ModelNode(new Random(0));
  private final FakeMachine.Vf vf = node.machine.vfs().iterator().next();

  private ModelPod pod(String id) {
    ModelPod pod = new ModelPod(id, NAME, vf, node.reserve(NAME, vf), true);
    node.machine.podStarts(pod.namespace());
    node.report(List.of(pod.use()), false);
    return pod;
  }

  /** Killed after the ledger knew that it was home, and before its session was forgotten. */
  @Test
  void aSessionWhoseFunctionIsHomeTouchesItNoMore() {
    ModelPod pod = pod("p1");
    String connection = node.request(pod, "a-c1", pod.token()).getId();
    node.homecoming.comeHome(new Lent(vf.text, node.ledger.claims().get(vf.address).hold(), ""));
    node.restart(Integer.MAX_VALUE);
    node.vlan = 101;
    Failure refused = assertThrows(Failure.class, () -> node.request(pod, "a-c1", pod.token()));
    assertEquals(Failure.Kind.CONFLICT, refused.kind());
    assertTrue(vf.untouched(), vf::toString);

    node.sessions.close(connection);
    node.request(pod, "a-c1", pod.token());
    assertEquals(101, vf.settings().vlan());
  }
}
