package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The driver against the simulated switch with a candidate datastore, and how it gets in. */
class NetconfSwitchTest extends CandidateSuite {
  private SimulatedTarget simulated;
  private SimulatedSwitch tor;

  @Override
  Target open(Path home) {
    simulated = new SimulatedTarget(home, Capability.WITH_CANDIDATE);
    tor = simulated.tor;
    return simulated;
  }

  @Override
  boolean tells() {
    return true;
  }

  @Test
  void aCommitThatHangsEndsAtTheDeadlineAndIsTakenBack() {
    NetconfSwitch impatient = driver(dial, "500ms", "30s");
    tor.faults(new SwitchFaults(Duration.ofHours(1)));
    Failure failure =
        assertThrows(
            Failure.class, () -> impatient.apply(Map.of("Ethernet1", trunk(100)), PATIENCE));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind());
    assertTrue(failure.getMessage().endsWith("gave no answer to commit within 500 ms"));
    tor.faults(SwitchFaults.NONE);
    target.pass(Duration.ofHours(1));
    apply("Ethernet5", trunk(100));
    apply("Ethernet5", new Raw("no switched-vlan"));
    assertEquals(factory, running());
  }

  @Test
  void aSwitchThatLosesWhatItValidatesIsNotAskedToAgain() {
    tor.faults(new SwitchFaults(Duration.ZERO, true));
    apply("Ethernet2", trunk(100));
    assertEquals(trunk(100), read("Ethernet2").meaning());
    assertEquals(1, dial.count("<validate>"));
    apply("Ethernet2", new Access(10));
    assertEquals(1, dial.count("<validate>"), "it is known now");
    assertEquals(factory, running());
  }

  // ---- the door ----

  @Test
  void comesInWithAKey() {
    NetconfSwitch byKey =
        opened.push(
            new NetconfSwitch(
                simulated.entry("", "id", "10s", "30s"),
                door,
                "p",
                undo,
                VlanNames.NUMBERS,
                Time.system()));
    assertEquals(new Access(10), read(byKey, "Ethernet2").meaning());
  }

  @RepeatedTest(10)
  void aWrongHostKeyIsRefusedWithBothFingerprints() throws IOException {
    Files.writeString(
        folder.resolve("hostkeys"), "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    Failure failure = assertThrows(Failure.class, () -> read("Ethernet1"));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    String text = failure.getMessage();
    assertTrue(text.startsWith("switch tor-1 (127.0.0.1:"), text);
    assertTrue(text.contains(tor.hostKeyFingerprint()), text);
    assertTrue(text.contains("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), text);
  }

  @Test
  void knowsHostKeysInEveryForm() throws IOException {
    int port = tor.netconfAddress().getPort();
    String address = "[127.0.0.1]:" + port;
    for (String line :
        List.of(
            tor.hostKeyFingerprint(),
            "# a comment\n\n" + tor.hostKey(),
            address + " " + tor.hostKey(),
            "10.9.9.9 ssh-ed25519 AAAA\nother," + address + " " + tor.hostKey())) {
      Files.writeString(folder.resolve("hostkeys"), line + "\n");
      assertEquals(
          Set.of(tor.hostKeyFingerprint()),
          HostKeys.readFile(folder.resolve("hostkeys"), "127.0.0.1", port).fingerprints(),
          line);
    }
    Files.writeString(folder.resolve("hostkeys"), tor.hostKey() + "\nrubbish here\n");
    Failure failure = assertThrows(Failure.class, () -> read("Ethernet1"));
    assertTrue(failure.getMessage().contains("hostkeys:2: "), failure.getMessage());
    Files.writeString(folder.resolve("hostkeys"), "10.9.9.9 " + tor.hostKey() + "\n");
    assertEquals(
        Failure.Kind.NOT_FOUND, assertThrows(Failure.class, () -> read("Ethernet1")).kind());
  }

  @RepeatedTest(5)
  void aWrongPasswordIsRefusedAndNotTold() throws IOException {
    Files.writeString(folder.resolve("password"), "geheim\n");
    Failure failure = assertThrows(Failure.class, () -> read("Ethernet1"));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(failure.getMessage().contains("does not let user 'shim' in"), failure.getMessage());
    assertFalse(failure.getMessage().contains("geheim"), failure.getMessage());
    Files.writeString(folder.resolve("password"), "secret\n");
    assertEquals(new Access(10), read("Ethernet2").meaning(), "the file is read at each connect");
  }

  @Test
  void anUnreachableSwitchIsNamed() {
    SwitchEntry entry = target.entry("10s", "30s");
    driver =
        opened.push(
            new NetconfSwitch(entry, door, PERSIST, undo, VlanNames.NUMBERS, Time.system()));
    tor.close();
    Failure failure = assertThrows(Failure.class, () -> read("Ethernet1"));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().startsWith("switch tor-1 (127.0.0.1:"), failure.getMessage());
    assertTrue(failure.getMessage().contains("cannot be reached"), failure.getMessage());
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    Files.delete(folder.resolve("password"));
    Failure failure = assertThrows(Failure.class, () -> read("Ethernet1"));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.getMessage().contains("password"), failure.getMessage());
  }

  @Test
  void aSwitchWithNothingToEditIsRefused() {
    ScriptedPeer peer = new ScriptedPeer(List.of(Operations.BASE_1_1), rpc -> ScriptedPeer.OK);
    NetconfSwitch plain =
        new NetconfSwitch(
            target.entry("10s", "30s"), () -> peer, "p", undo, VlanNames.NUMBERS, Time.system());
    Failure failure = assertThrows(Failure.class, () -> plain.read(Set.of("Ethernet1")));
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
  }
}
