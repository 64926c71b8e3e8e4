package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.hwsim.snmp.SnmpAgent;
import io.patchbay.hwsim.snmp.SnmpLogin;
import io.patchbay.hwsim.snmp.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole shim: gRPC on one side, SNMP on the other. */
@Timeout(60)
class SnmpShimTest {
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String PF2 = "02:00:00:00:02:ab";

  @TempDir private Path folder;
  private Rig rig;
  private SnmpAgent agent;
  private String factory;

  @BeforeEach
  void start() throws IOException {
    rig = new Rig(folder);
    factory = rig.tor.runningConfig();
    SnmpLogin login = new SnmpLogin("shim", "authentication", "encryption", true);
    agent = SnmpAgent.start(rig.tor.snmp(), "tor-1", List.of(login));
    Files.writeString(folder.resolve("auth"), "authentication\n");
    Files.writeString(folder.resolve("priv"), "encryption\n");
    Files.writeString(
        Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE")),
        """
        switches:
          - name: tor-1
            address: 127.0.0.1:%d
            snmp: {user: shim, authPassphraseFile: auth, privPassphraseFile: priv}
            deadlines: {rpc: 2s}
        """
            .formatted(agent.port()));
    rig.start();
  }

  @AfterEach
  void stop() {
    rig.close();
    agent.close();
  }

  private boolean carries(int vlan) {
    return rig.tor.runningConfig().contains("<trunk-vlans>" + vlan + "</trunk-vlans>");
  }

  @Test
  void aRequestProgramsThePortAndACloseGivesItBack() {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    Connection b = rig.request("b", "other", "node-2", PF2);
    assertEquals("Ethernet1", a.getMechanism().getParametersOrThrow("port"));
    assertTrue(carries(100) && carries(200), rig.tor::runningConfig);
    rig.close(a);
    rig.close(b);
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void whatALostReplyAndARestartLeaveIsClosedAllTheSame() {
    agent.next(Trouble.REPLY_LOST);
    Connection a = rig.request("a", "myns", "node-1", PF1);
    assertTrue(carries(100), rig.tor::runningConfig);
    rig.shim.close();
    rig.start();
    rig.close(a);
    assertEquals(factory, rig.tor.runningConfig());
  }
}
