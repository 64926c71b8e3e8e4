package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.junit.jupiter.api.Test;

class SshDoorTest {
  /** The first one that the switch knows, too, is taken. */
  @Test
  void whatIsSafeAndQuickIsAskedForFirstAndNothingIsLeftOut() {
    List<KeyExchangeFactory> library = SshClient.setUpDefaultClient().getKeyExchangeFactories();
    List<String> asked = NamedResource.getNameList(SshDoor.quickFirst(library));
    assertEquals(new HashSet<>(NamedResource.getNameList(library)), new HashSet<>(asked));
    List<String> safe = new ArrayList<>(asked);
    safe.removeIf(name -> !name.startsWith("mlkem") && !name.startsWith("sntrup"));
    assertEquals(safe, asked.subList(0, safe.size()), "nothing else stands before them");
    assertTrue(asked.getFirst().startsWith("mlkem"), asked::toString);
    assertTrue(asked.contains("sntrup761x25519-sha512"), asked::toString);
  }
}
