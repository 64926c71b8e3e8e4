package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the switch shows may be a commit that it is yet to undo. The switch of these tests shows
 * from the start what is wanted.
 */
@Timeout(60)
class UnconfirmedCommitTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Map<String, PortConfig> WANTED =
      Map.of("Ethernet1", new Trunk(new TreeSet<>(Set.of(100)), OptionalInt.empty()));
  private static final String AS_WANTED =
      """
      <data><interfaces xmlns="%s"><interface><name>Ethernet1</name><ethernet xmlns="%s">
      <switched-vlan xmlns="%s"><config><interface-mode>TRUNK</interface-mode>
      <trunk-vlans>100</trunk-vlans></config></switched-vlan></ethernet></interface></interfaces></data>
      """
          .formatted(OpenConfigPort.INTERFACES, OpenConfigPort.ETHERNET, OpenConfigPort.VLAN);
  private static final List<String> BOUND_TO_THE_SESSION =
      List.of(
          Operations.BASE_1_0,
          Operations.BASE_1_1,
          "urn:ietf:params:netconf:capability:candidate:1.0",
          "urn:ietf:params:netconf:capability:confirmed-commit:1.0");

  @TempDir private Path folder;
  private Journal journal;

  @BeforeEach
  void open() {
    journal = Journal.open(folder.resolve("undo"));
  }

  @AfterEach
  void close() {
    journal.close();
  }

  private static RecordingDial dial(List<String> capabilities, Function<String, String> answers) {
    return new RecordingDial(() ->
        new ScriptedPeer(
            capabilities, rpc -> rpc.startsWith("<get-config>") ? AS_WANTED : answers.apply(rpc)));
  }

  private NetconfSwitch driver(RecordingDial dial) {
    SwitchEntry.Login login = new SwitchEntry.Login("shim", "password", "", "hostkeys");
    SwitchEntry entry =
        new SwitchEntry(
            "tor-1", "127.0.0.1:830", login, null, new SwitchEntry.Deadlines("10s", "30s"));
    return new NetconfSwitch(
        entry, dial, "mine", new UndoLog(journal, "tor-1"), VlanNames.NUMBERS, Time.system());
  }

  private static String refusal(String tag) {
    return "<rpc-error><error-type>protocol</error-type><error-tag>%s</error-tag><error-severity>error</error-severity></rpc-error>"
        .formatted(tag);
  }

  @Test
  void whatALostSessionMayHaveLeftIsCommittedAgain() {
    RecordingDial dial = dial(BOUND_TO_THE_SESSION, rpc -> ScriptedPeer.OK);
    try (NetconfSwitch driver = driver(dial)) {
      dial.cutBehind(7); // the look between the commit and its confirmation
      driver.apply(WANTED, PATIENCE);
      assertEquals(2, dial.count("<commit><confirmed/>"));
      assertEquals(1, dial.count("<commit/>"));
      driver.apply(WANTED, PATIENCE);
      assertEquals(2, dial.count("<commit><confirmed/>"), "once confirmed it costs no more");
    }
  }

  @Test
  void whatADeadProcessMayHaveLeftIsCommittedAgain() {
    RecordingDial dial = dial(BOUND_TO_THE_SESSION, rpc -> ScriptedPeer.OK);
    try (NetconfSwitch successor = driver(dial)) {
      successor.apply(WANTED, PATIENCE);
      assertEquals(1, dial.count("<commit/>"));
    }
  }

  @Test
  void aCancelThatSomebodyPreventsIsNoSignThatNothingIsPending() {
    RecordingDial dial =
        dial(
            ScriptedPeer.FULL,
            rpc -> rpc.startsWith("<cancel-commit>") ? refusal("in-use") : ScriptedPeer.OK);
    try (NetconfSwitch driver = driver(dial)) {
      Failure failure = assertThrows(Failure.class, () -> driver.apply(WANTED, PATIENCE));
      assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
      assertEquals(
          "switch tor-1 (127.0.0.1:830) refuses cancel-commit: in-use", failure.getMessage());
    }
  }

  @Test
  void aCancelThatIsNotAllowedIsNoSignThatNothingIsPending() {
    RecordingDial dial =
        dial(
            ScriptedPeer.FULL,
            rpc -> rpc.startsWith("<cancel-commit>") ? refusal("access-denied") : ScriptedPeer.OK);
    try (NetconfSwitch driver = driver(dial)) {
      Failure failure = assertThrows(Failure.class, () -> driver.apply(WANTED, PATIENCE));
      assertEquals(Failure.Kind.DENIED, failure.kind());
      assertTrue(NotPermitted.isBehind(failure), failure::toString);
    }
  }

  /**
   * The switch said that it has begun the commit, shows something else, and then that it has none:
   * nobody knows what is there, and nobody may be told that the ports are as they were.
   */
  @Test
  void aCommitThatWasBegunAndCannotBeCancelledLeavesNothingKnown() {
    RecordingDial dial =
        new RecordingDial(() ->
            new ScriptedPeer(
                ScriptedPeer.FULL,
                rpc -> {
                  if (rpc.startsWith("<get-config>")) {
                    return "<data/>";
                  }
                  return rpc.startsWith("<cancel-commit>")
                      ? refusal("operation-failed")
                      : ScriptedPeer.OK;
                }));
    try (NetconfSwitch driver = driver(dial)) {
      driver.read(Set.of("Ethernet1"));
      Failure failure = assertThrows(Failure.class, () -> driver.apply(WANTED, PATIENCE));
      assertEquals(Failure.Kind.UNAVAILABLE, failure.kind(), failure::toString);
    }
  }

  @Test
  void aCancelThatFindsNothingIsNoFailure() {
    RecordingDial dial =
        dial(
            ScriptedPeer.FULL,
            rpc -> rpc.startsWith("<cancel-commit>") ? refusal("invalid-value") : ScriptedPeer.OK);
    try (NetconfSwitch driver = driver(dial)) {
      driver.apply(WANTED, PATIENCE);
      assertEquals(0, dial.count("<commit>"));
    }
  }

  @Test
  void aRefusedConfirmationThatCannotBeCancelledIsNotTakenForDone() {
    AtomicInteger cancels = new AtomicInteger();
    AtomicInteger reads = new AtomicInteger();
    RecordingDial dial =
        new RecordingDial(() ->
            new ScriptedPeer(
                ScriptedPeer.FULL,
                rpc -> {
                  if (rpc.startsWith("<get-config>")) {
                    return reads.getAndIncrement() == 0 ? "<data/>" : AS_WANTED;
                  }
                  if (rpc.startsWith("<commit><persist-id>")) {
                    return refusal("operation-failed");
                  }
                  boolean first =
                      rpc.startsWith("<cancel-commit>") && cancels.getAndIncrement() == 0;
                  return rpc.startsWith("<cancel-commit>")
                      ? refusal(first ? "invalid-value" : "in-use")
                      : ScriptedPeer.OK;
                }));
    try (NetconfSwitch driver = driver(dial)) {
      Failure failure = assertThrows(Failure.class, () -> driver.apply(WANTED, PATIENCE));
      assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    }
  }

  @Test
  void tellsWhenTheSwitchHangsUp() {
    AtomicInteger told = new AtomicInteger();
    List<ScriptedPeer> peers = new CopyOnWriteArrayList<>();
    RecordingDial dial =
        new RecordingDial(() -> {
          peers.add(new ScriptedPeer(ScriptedPeer.FULL, rpc -> AS_WANTED));
          return peers.getLast();
        });
    try (NetconfSwitch driver = driver(dial)) {
      driver.watch(told::incrementAndGet);
      assertEquals(Set.of("Ethernet1"), driver.read(Set.of("Ethernet1")).keySet());
      assertEquals(0, told.get());
      peers.getFirst().close();
      Await.until("it was told", PATIENCE, () -> told.get() > 0);
    }
  }
}
