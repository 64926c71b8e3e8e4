package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.rack.Gateway;
import io.patchbay.linux.Link;
import io.patchbay.linux.Ping;
import io.patchbay.workloads.Nsc;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A switch port loses its link, the shim says DOWN, and the client, which hears it by three hops,
 * asks for another path: it gets the pod's other VF, by the other NIC, and packets pass again.
 */
@Timeout(180)
class HealedPathTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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

  private boolean answers(Gateway gateway) {
    InetAddress address = InetAddress.ofLiteral(gateway.address());
    try {
      return Ping.run(node.pod, Ping.Plan.to(address, 3)).received() > 0;
    } catch (Failure e) {
      return false; // its interface is on its way
    }
  }

  private Link inPod() {
    return node.pod.links().require("nsm-1");
  }

  @Test
  void theClientOfAPortThatLosesItsLinkComesBackByAnother() {
    Gateway gateway = node.gateway();
    Nsc client = node.nsc("myns@example.com");
    client.connect();
    assertEquals(node.vf(0).settings().mac(), inPod().mac());
    assertTrue(node.isOnService(0));
    Await.until("pings pass", PATIENCE, () -> answers(gateway));
    Await.until("the link is seen", PATIENCE, () -> node.link(0).equals(Optional.of("up")));

    node.cables.get(0).unplug();
    Await.until("it is at the other port", PATIENCE, () -> node.isOnService(1));
    Await.until("the first one is given back", PATIENCE, () -> !node.isOnService(0));
    Await.until("pings pass again", PATIENCE, () -> answers(gateway));
    assertEquals(node.vf(1).settings().mac(), inPod().mac());
    assertNotEquals(node.vf(0).settings().mac(), inPod().mac());
    assertEquals(1, client.connections().size());

    client.close();
    Await.until("all is let go", PATIENCE, () -> node.held().isEmpty());
  }
}
