package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.vf.State;
import io.patchbay.base.Await;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.linux.Link;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a pod needs that bonds VFs of two PFs (active-backup, {@code miimon}): one interface by each
 * cable, on one service, and that its kernel sees which of the cables is dead. The bond itself is
 * the pod's.
 */
@Timeout(120)
class BondTest {
  @TempDir Path folder;
  private OneNode node;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(MachineNics.obstacle().isEmpty(), () -> MachineNics.obstacle().toString());
    node = new OneNode(folder, 2);
    node.start();
  }

  @AfterEach
  void stop() {
    if (node != null) {
      node.close();
    }
  }

  private Link inPod(int number) {
    return node.pod.links().require("nsm-" + number);
  }

  private void carriers(boolean first, boolean second) {
    Await.until(
        "carriers " + first + ", " + second,
        OneNode.PATIENCE,
        () -> inPod(1).carrier() == first && inPod(2).carrier() == second);
  }

  @Test
  void vfsOfTwoPfsServeOnePodAndEachFailsAlone() {
    Connection first = node.client().request(node.asking("myns@example.com", 1));
    Connection second = node.client().request(node.asking("myns@example.com", 2));
    assertNotEquals(inPod(1).mac(), inPod(2).mac());
    for (int pf = 0; pf < 2; pf++) {
      assertEquals(100, node.vf(pf).settings().vlan());
      assertTrue(node.isOnService(pf), node.tor.runningConfig());
    }
    assertEquals(node.vf(0).settings().mac(), inPod(1).mac());
    assertEquals(node.vf(1).settings().mac(), inPod(2).mac());
    carriers(true, true);

    node.cables.get(0).unplug();
    carriers(false, true);
    Await.until("told", OneNode.PATIENCE, () -> !node.told(0).getFault().isEmpty());
    assertEquals("PF pf0 has no carrier", node.told(0).getFault());
    assertEquals(State.HELD, node.told(0).getState());
    assertEquals("", node.told(1).getFault());
    assertEquals(State.HELD, node.told(1).getState());
    assertTrue(node.isOnService(0), "the pod keeps both, for when the cable is back");

    node.cables.get(0).plug();
    carriers(true, true);
    Await.until("well", OneNode.PATIENCE, () -> node.told(0).getFault().isEmpty());

    var unused = node.client().close(first);
    Await.until("one is home", OneNode.PATIENCE, () -> !node.isOnService(0));
    assertTrue(node.isOnService(1));
    assertTrue(inPod(2).carrier());
    assertFalse(node.pod.links().find("nsm-1").isPresent());
    unused = node.client().close(second);
    Await.until("all is let go", OneNode.PATIENCE, () -> node.held().isEmpty());
  }
}
