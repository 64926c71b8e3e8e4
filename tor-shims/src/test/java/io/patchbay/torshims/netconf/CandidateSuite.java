package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.netconf.UndoLog.Undo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the driver does with a switch that has a candidate datastore and confirmed commits. */
abstract class CandidateSuite extends NetconfSuite {
  @Override
  List<String> order() {
    return List.of(
        "cancel-commit",
        "get-config",
        "lock",
        "discard-changes",
        "get-config",
        "edit-config",
        "validate",
        "commit",
        "get-config",
        "commit",
        "unlock");
  }

  @Test
  void aChangeIsOneConfirmedCommitAndOneConfirmation() {
    apply("Ethernet5", trunk(100)); // a first change may teach the driver something
    dial.said.clear();
    apply("Ethernet1", trunk(100));
    assertEquals(1, dial.count("<commit><confirmed/>"));
    assertEquals(1, dial.count("<commit><persist-id>"));
  }

  /** Dies between the two halves of a change of Ethernet2. */
  private void die(String confirm) {
    RecordingDial doomed = new RecordingDial(() -> door.open(target.entry("10s", confirm)));
    NetconfSwitch shim = driver(doomed, "10s", confirm);
    shim.apply(Map.of("Ethernet5", trunk(100)), PATIENCE);
    shim.apply(Map.of("Ethernet5", new Raw("no switched-vlan")), PATIENCE);
    doomed.dieBehind("<commit><confirmed/>", "<get-config>");
    assertThrows(Failure.class, () -> shim.apply(Map.of("Ethernet2", trunk(100)), PATIENCE));
  }

  /** Nobody comes back to confirm or to cancel: the switch does it alone. */
  @Test
  void theSwitchUndoesWhatADeadShimHasNotConfirmed() {
    die("2s");
    target.leaveAlone(Duration.ofSeconds(2));
    Await.until("the timer has undone it", PATIENCE, () -> running().equals(factory));
    assertEquals(new Access(10), read("Ethernet2").meaning());
  }

  @Test
  void aSuccessorCancelsWhatADeadShimHasNotConfirmed() {
    die("30s");
    assertNotEquals(factory, running(), "the commit outlives its session");
    assertEquals(new Access(10), read("Ethernet2").meaning());
    assertEquals(factory, running());
  }

  /** It was begun when the switch had no candidate; the ports may be others' by now. */
  @Test
  void whatIsLeftToUndoInPlaceIsForgotten() {
    String port = "Ethernet2";
    undo.keep(new Undo(Map.of(port, "no switched-vlan"), Map.of(port, "access VLAN 10")));
    assertEquals(new Access(10), read(port).meaning());
    assertFalse(undo.unsaved());
  }
}
