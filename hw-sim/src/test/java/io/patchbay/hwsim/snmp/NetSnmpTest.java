package io.patchbay.hwsim.snmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.snmp.NetSnmp.Outcome;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent under net-snmp's own tools, Debian's package {@code snmp}: {@code mvn verify
 * -Pnet-snmp}.
 */
@Tag("net-snmp")
@Timeout(60)
class NetSnmpTest {
  private static final String STATIC = ".1.3.6.1.2.1.17.7.1.4.3.1.";
  private static final String SERIAL = ".1.3.6.1.6.3.1.1.6.1.0";
  private static final SnmpLogin SHIM =
      new SnmpLogin("shim", "authentication-words", "privacy-words", true);
  private static final SnmpLogin WATCHER =
      new SnmpLogin("watcher", "authentication-words", "privacy-words", false);

  @TempDir private Path folder;
  private final Stack opened = new Stack();
  private SimulatedSwitch tor;
  private SnmpAgent agent;
  private NetSnmp tools;

  @BeforeEach
  void start() throws IOException {
    List<Port> ports =
        List.of(Port.bare("Ethernet1"), Port.access("Ethernet2", 10), Port.trunk("Ethernet3"));
    SwitchDescription description =
        new SwitchDescription("tor-1", ports, Access.byPassword("unused", "unused"));
    tor = opened.push(SimulatedSwitch.start(description, new FakeTime()));
    agent = opened.push(SnmpAgent.start(tor.snmp(), "tor-1", List.of(SHIM, WATCHER)));
    tools = new NetSnmp(folder, agent.port(), SHIM);
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private Outcome run(String tool, String... arguments) throws Exception {
    Outcome outcome = tools.run(tool, arguments);
    assertEquals(0, outcome.status(), outcome::text);
    return outcome;
  }

  /** A tool whose walk finds something out of order says so. */
  @Test
  void walksAllOfItInOrder() throws Exception {
    Outcome slow = run("snmpwalk", ".1");
    Outcome fast = run("snmpbulkwalk", ".1");
    assertEquals(slow.lines(), fast.lines());
    assertTrue(slow.lines().contains(".1.3.6.1.2.1.1.5.0 = STRING: \"tor-1\""), slow::text);
    assertTrue(slow.lines().contains(STATIC + "2.10 = Hex-STRING: 00 40"), slow::text);
    assertTrue(slow.lines().contains(".1.3.6.1.2.1.17.1.4.1.2.10 = INTEGER: 2"), slow::text);
  }

  @Test
  void aSetIsAllOrNothingUnderItsSerialNumber() throws Exception {
    String factory = tor.runningConfig();
    String[] row = {
      STATIC + "5.100", "i", "4", STATIC + "1.100", "s", "storage", STATIC + "2.100", "x", "0020"
    };
    String[] port = {".1.3.6.1.2.1.17.7.1.4.5.1.2.11", "i", "2", SERIAL, "i", "1"};
    run("snmpset", both(row, port));
    assertTrue(tor.runningConfig().contains("<trunk-vlans>100</trunk-vlans>"));
    assertTrue(tor.runningConfig().contains("<name>storage</name>"));
    String made = tor.runningConfig();
    Outcome again = tools.run("snmpset", both(new String[] {STATIC + "5.100", "i", "6"}, port));
    assertNotEquals(0, again.status());
    assertTrue(again.text().contains("inconsistentValue"), again::text);
    assertTrue(again.text().contains("Failed object: " + SERIAL), again::text);
    assertEquals(made, tor.runningConfig());
    run("snmpset", STATIC + "5.100", "i", "6", ".1.3.6.1.2.1.17.7.1.4.5.1.2.11", "i", "1");
    assertEquals(factory, tor.runningConfig());
  }

  private static String[] both(String[] first, String[] second) {
    String[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  @Test
  void whoMayOnlyReadSetsNothing() throws Exception {
    tools = new NetSnmp(folder, agent.port(), WATCHER);
    assertTrue(run("snmpget", SERIAL).text().endsWith("INTEGER: 1"));
    Outcome refused = tools.run("snmpset", SERIAL, "i", "1");
    assertTrue(refused.text().contains("authorizationError"), refused::text);
  }

  @Test
  void whoHasTheWrongWordsIsNotLetIn() throws Exception {
    tools =
        new NetSnmp(
            folder, agent.port(), new SnmpLogin("shim", "other-words", "other-words", true));
    Outcome refused = tools.run("snmpget", SERIAL);
    assertNotEquals(0, refused.status());
    assertTrue(refused.text().contains("Authentication failure"), refused::text);
  }
}
