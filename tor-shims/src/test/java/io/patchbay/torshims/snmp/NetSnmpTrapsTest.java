package io.patchbay.torshims.snmp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Await;
import io.patchbay.hwsim.snmp.NetSnmp;
import io.patchbay.hwsim.snmp.NetSnmp.Outcome;
import io.patchbay.hwsim.snmp.SnmpLogin;
import io.patchbay.torshims.SwitchDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What net-snmp's tools tell is heard; of the package {@code snmp}, with {@code -Pnet-snmp}. */
@Tag("net-snmp")
class NetSnmpTrapsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String LINK_DOWN = ".1.3.6.1.6.3.1.1.5.3";

  @TempDir private Path folder;
  private AgentRig rig;
  private final AtomicInteger told = new AtomicInteger();

  @BeforeEach
  void begin() {
    rig = new AgentRig(folder);
    SnmpSwitch driver = rig.driver();
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void linksChanged() {
            told.incrementAndGet();
          }
        });
    AgentRig.read(driver, "Ethernet1");
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private Outcome tell(String tool, SnmpLogin login) throws IOException, InterruptedException {
    NetSnmp tools = new NetSnmp(folder, rig.traps.port(), login);
    List<String> engine =
        tool.equals("snmptrap")
            ? List.of("-e", "0x" + HexFormat.of().formatHex(AgentRig.ENGINE.getValue()))
            : List.of();
    return tools.run(tool, engine, "0", LINK_DOWN);
  }

  private static SnmpLogin login(String auth) {
    return new SnmpLogin("shim", auth, AgentRig.PRIV, false);
  }

  /** An inform ends well when it has been acknowledged. */
  @ParameterizedTest
  @ValueSource(strings = {"snmptrap", "snmpinform"})
  void whatItTellsIsHeard(String tool) throws Exception {
    Outcome outcome = tell(tool, login(AgentRig.AUTH));
    assertEquals(0, outcome.status(), outcome::text);
    Await.until("it is heard", PATIENCE, () -> told.get() == 1);
  }

  @Test
  void whatItTellsWithOtherWordsIsNot() throws Exception {
    Outcome outcome = tell("snmptrap", login("other-words-than-these"));
    assertEquals(0, outcome.status(), outcome::text);
    Outcome right = tell("snmpinform", login(AgentRig.AUTH));
    assertEquals(0, right.status(), right::text);
    Await.until("the second one is heard", PATIENCE, () -> told.get() > 0);
    assertEquals(1, told.get());
  }
}
