package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.torshims.PortConfig.Access;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The driver against a simulated switch without a candidate, which forgets what is not saved. */
class SavingSwitchTest extends RunningSuite {
  private SimulatedSwitch tor;

  @Override
  Target open(Path home) {
    SimulatedTarget simulated =
        new SimulatedTarget(
            home,
            Set.of(
                Capability.BASE_1_1,
                Capability.WRITABLE_RUNNING,
                Capability.VALIDATE,
                Capability.ROLLBACK_ON_ERROR,
                Capability.STARTUP));
    tor = simulated.tor;
    return simulated;
  }

  @Override
  List<String> order() {
    return List.of(
        "get-config", "lock", "get-config", "edit-config", "get-config", "copy-config", "unlock");
  }

  @Test
  void whatIsDoneIsSavedAndSoIsWhatIsUndone() {
    String former = tor.startupConfig();
    apply("Ethernet2", trunk(100));
    assertNotEquals(former, tor.startupConfig());
    assertEquals(tor.runningConfig(), tor.startupConfig());
    apply("Ethernet2", new Access(10));
    assertEquals(former, tor.startupConfig());
  }

  @Test
  void asksForAllOrNothing() {
    apply("Ethernet1", trunk(100));
    assertTrue(
        dial.said.stream().anyMatch(text -> text.contains("rollback-on-error")),
        dial.said::toString);
  }

  private NetconfSession lockStartup() {
    NetconfSession stranger = stranger();
    assertTrue(stranger.call("<lock><target><startup/></target></lock>").done());
    return stranger;
  }

  @Test
  void aStrangersLockOfStartupKeepsNobodyWaiting() {
    String former = tor.startupConfig();
    lockStartup();
    apply("Ethernet2", trunk(100));
    assertEquals(1, dial.count("<copy-config>"), "it is asked once");
    assertEquals(trunk(100), read("Ethernet2").meaning());
    assertEquals(former, tor.startupConfig());
    assertTrue(undo.unsaved());
  }

  @Test
  void whatCouldNotBeSavedIsSavedByTheNextSession() {
    NetconfSession stranger = lockStartup();
    apply("Ethernet2", trunk(100));
    stranger.close();
    driver.close();
    assertEquals(trunk(100), read("Ethernet2").meaning());
    assertEquals(tor.runningConfig(), tor.startupConfig());
    assertFalse(undo.unsaved());
  }

  @Test
  void whatCouldNotBeSavedIsSavedByTheNextChange() {
    NetconfSession stranger = lockStartup();
    apply("Ethernet2", trunk(100));
    stranger.close();
    apply("Ethernet1", trunk(100));
    assertEquals(tor.runningConfig(), tor.startupConfig());
    assertFalse(undo.unsaved());
  }

  @Test
  void whatAShimHadNoTimeToSaveItsSuccessorSaves() {
    NetconfSession stranger = lockStartup();
    dial.dieBehind("<edit-config>", "<copy-config>");
    apply("Ethernet2", trunk(100)); // what is not saved is made all the same
    stranger.close();
    assertNotEquals(tor.runningConfig(), tor.startupConfig());
    assertEquals(trunk(100), read(successor(), "Ethernet2").meaning());
    assertEquals(tor.runningConfig(), tor.startupConfig());
    assertFalse(undo.unsaved());
  }

  /** What a stranger is in the middle of is not saved, and keeps nobody from reading. */
  @Test
  void nothingIsSavedBehindALockOfRunning() {
    NetconfSession stranger = lockStartup();
    apply("Ethernet2", trunk(100));
    driver.close();
    assertTrue(stranger.call("<unlock><target><startup/></target></unlock>").done());
    assertTrue(stranger.call(Operations.LOCK_RUNNING).done());
    assertEquals(trunk(100), read("Ethernet2").meaning());
    assertNotEquals(tor.runningConfig(), tor.startupConfig());
    assertTrue(undo.unsaved());
  }
}
