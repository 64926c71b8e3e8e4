package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.patchbay.base.Failure;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What device-plugin is answered for resource claims when things are not as they should be. */
class ResourceClaimPathTest {
  private static final ResourceName NAME = ResourceName.parse("example.com/ptp");
  private static final String CLAIM = "default/fast/uid-1";

  private final ModelNode node = new ModelNode(new Random(0), 1);
  private final FakeMachine.Vf vf = node.machine.vfs().iterator().next();

  @AfterEach
  void powerOff() {
    node.close();
  }

  private void unavailable(String words) {
    Failure refused = assertThrows(Failure.class, () -> node.reserve(NAME, vf, CLAIM));
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  /** The claim may have been released since, and nobody would release it again. */
  @Test
  void whoHasGivenUpIsGrantedNothing() {
    var given = Context.current().withCancellation();
    given.cancel(null);
    given.run(() -> unavailable("given up"));
    assertEquals(Map.of(), node.ledger.claims());
    assertTrue(!node.reserve(NAME, vf, CLAIM).isEmpty());
  }

  /** After a start of the machine its VFs are yet to be made. */
  @Test
  void aVfThatIsNotThereYetIsNotTakenForReady() {
    String token = node.reserve(NAME, vf, CLAIM);
    node.machine.lose(vf.address);
    node.stock.look();
    unavailable("was granted with driver iavf");
    node.machine.find(vf.address);
    node.stock.look();
    assertEquals(token, node.reserve(NAME, vf, CLAIM));
  }
}
