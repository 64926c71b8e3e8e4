package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Access;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the driver does with a switch of which only what is running can be edited. */
abstract class RunningSuite extends NetconfSuite {
  @Override
  List<String> order() {
    return List.of("get-config", "lock", "get-config", "edit-config", "get-config", "unlock");
  }

  NetconfSwitch successor() {
    return driver(new RecordingDial(() -> door.open(target.entry("10s", "30s"))), "10s", "30s");
  }

  private void dieOverEthernet2() {
    dial.dieBehind("<edit-config>", "<get-config>");
    assertThrows(
        Failure.class,
        () -> driver.apply(Map.of("Ethernet1", trunk(9), "Ethernet2", trunk(100)), PATIENCE));
    assertNotEquals(factory, running(), "the switch undoes nothing by itself");
    assertTrue(undo.kept().isPresent());
  }

  @Test
  void aSuccessorUndoesWhatADeadShimHasNotSeenDone() {
    dieOverEthernet2();
    assertEquals(new Access(10), read(successor(), "Ethernet2").meaning());
    assertEquals(factory, running());
    assertTrue(undo.kept().isEmpty());
  }

  @Test
  void whatSomebodyElseHasWrittenSinceIsNotUndone() {
    dieOverEthernet2();
    Await.until(
        "the dead one's session has given its lock back",
        PATIENCE,
        () -> observer.call(Operations.LOCK_RUNNING).done());
    assertTrue(observer.call(Operations.UNLOCK_RUNNING).done());
    configure(
        observer,
        Netconfd.port("Ethernet2", Netconfd.vlans("TRUNK", "<trunk-vlans>77</trunk-vlans>")));
    assertEquals(trunk(77, 100), read(successor(), "Ethernet2").meaning());
    assertEquals("no switched-vlan", read(successor(), "Ethernet1").raw().text(), "that was ours");
    assertTrue(undo.kept().isEmpty());
  }

  /** The undo waits for a lock like everything else, and nothing is told before it is done. */
  @Test
  void nothingIsReadOfASwitchThatCannotBeUndoneYet() {
    dieOverEthernet2();
    NetconfSession stranger = stranger();
    assertTrue(stranger.call(Operations.LOCK_RUNNING).done());
    NetconfSwitch successor =
        driver(new RecordingDial(() -> door.open(target.entry("10s", "30s"))), "1s", "30s");
    Failure failure = assertThrows(Failure.class, () -> read(successor, "Ethernet2"));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().contains("held by session"), failure.getMessage());
    stranger.close();
    assertEquals(new Access(10), read(successor, "Ethernet2").meaning());
    assertEquals(factory, running());
  }

  /** Nobody knows what is there; much later, it could be a port that others have by then. */
  @Test
  void whatCannotBeLookedAtIsUndoneBeforeAnythingElseIsAsked() {
    dial.garbleReadsBehindAnEdit();
    assertThrows(Failure.class, () -> apply("Ethernet2", trunk(100)));
    assertTrue(undo.kept().isPresent());
    assertEquals(new Access(10), read("Ethernet2").meaning(), "on a session of its own");
    assertTrue(undo.kept().isEmpty());
    assertEquals(factory, running());
  }
}
