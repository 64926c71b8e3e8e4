package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver against the simulated switch, over real SSH. */
@Timeout(120)
class NetconfSwitchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private final Stack opened = new Stack();
  // the switch's clock stands still: nothing is undone by a timer
  private final FakeTime switchTime = new FakeTime();
  private final SshDoor door = opened.push(new SshDoor());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private KeyPair key;
  private SimulatedSwitch tor;
  private RecordingDial dial;
  private NetconfSwitch driver;
  private String factory;
  private int port;

  @BeforeEach
  void start() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    key = generator.generateKeyPair();
    tor =
        opened.push(
            SimulatedSwitch.start(
                new SwitchDescription(
                    "tor-1",
                    List.of(
                        Port.bare("Ethernet1"),
                        Port.access("Ethernet2", 10),
                        Port.trunk("Ethernet3"),
                        new Port("Ethernet4", "", "TRUNK", 0, 7, List.of("20..29", "40")),
                        Port.bare("Ethernet5")),
                    new io.patchbay.hwsim.netconf.Access(
                        "127.0.0.1",
                        0,
                        "shim",
                        "secret",
                        List.of(PublicKeyEntry.toString(key.getPublic())),
                        "")),
                switchTime));
    Files.writeString(folder.resolve("password"), "secret\n");
    Files.writeString(folder.resolve("hostkeys"), tor.hostKey() + "\n");
    factory = tor.runningConfig();
    port = tor.netconfAddress().getPort();
    dial = new RecordingDial(() -> door.open(entry("10s")));
    driver = driver();
  }

  @AfterEach
  void stop() {
    opened.close();
    threads.close();
  }

  private NetconfSwitch driver() {
    return opened.push(new NetconfSwitch(entry("10s"), dial, "shim-1/tor-1", Time.system()));
  }

  private SwitchEntry entry(String rpcDeadline) {
    return entry("password", "", rpcDeadline);
  }

  private SwitchEntry entry(String passwordFile, String keyFile, String rpcDeadline) {
    return new SwitchEntry(
        "tor-1",
        "127.0.0.1:" + port,
        new SwitchEntry.Login(
            "shim",
            passwordFile.isEmpty() ? "" : folder.resolve(passwordFile).toString(),
            keyFile.isEmpty() ? "" : folder.resolve(keyFile).toString(),
            folder.resolve("hostkeys").toString()),
        null,
        new SwitchEntry.Deadlines(rpcDeadline, "30s"));
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  private void apply(String port, PortConfig wanted) {
    driver.apply(Map.of(port, wanted), PATIENCE);
  }

  private PortReading read(String port) {
    return driver.read(Set.of(port)).get(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ethernet1", "Ethernet2", "Ethernet3", "Ethernet4"})
  void anyPortIsProgrammedAndPutBackToTheByte(String port) {
    Raw before = read(port).raw();
    apply(port, trunk(100));
    assertEquals(trunk(100), read(port).meaning());
    assertNotEquals(factory, tor.runningConfig());
    apply(port, trunk(100, 200, 201, 202));
    apply(port, trunk(200));
    assertEquals(trunk(200), read(port).meaning());
    apply(port, new Access(4094));
    assertEquals(new Access(4094), read(port).meaning());
    apply(port, before);
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void understandsWhatOthersConfigured() {
    assertEquals(new Access(10), read("Ethernet2").meaning());
    assertTrue(read("Ethernet3").meaning() instanceof Raw, "a trunk of all VLANs");
    Trunk mixed = (Trunk) read("Ethernet4").meaning();
    assertEquals(11, mixed.vlans().size());
    assertEquals(OptionalInt.of(7), mixed.nativeVlan());
  }

  @Test
  void manyPortsAreOneCommit() {
    Map<String, PortConfig> wanted = new LinkedHashMap<>();
    for (int i = 1; i <= 5; i++) {
      wanted.put("Ethernet" + i, trunk(100 + i));
    }
    driver.apply(wanted, PATIENCE);
    assertEquals(1, dial.count("<edit-config>"));
    assertEquals(1, dial.count("<commit><confirmed/>"));
    assertEquals(1, dial.count("<commit><persist-id>"));
    assertEquals(trunk(104), read("Ethernet4").meaning());
  }

  @Test
  void whatIsAlreadySoCostsNoCommitAndNoLock() {
    apply("Ethernet1", trunk(100));
    dial.said.clear();
    apply("Ethernet1", trunk(100));
    assertEquals(List.of("<get-config>"), dial.said.stream().map(s -> s.substring(0, 12)).toList());
  }

  @Test
  void asksInTheRightOrder() {
    apply("Ethernet1", trunk(100));
    assertEquals(
        List.of(
            "cancel-commit",
            "get-config",
            "lock",
            "discard-changes",
            "edit-config",
            "validate",
            "commit",
            "get-config",
            "commit",
            "unlock"),
        dial.said.stream().map(text -> text.substring(1).split("[/>]", 2)[0]).toList());
  }

  @Test
  void refusalSaysWhatIsThereAndWhatWasWanted() {
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                driver.apply(
                    Map.of(
                        "Ethernet2",
                        trunk(100),
                        "Ethernet4",
                        new Raw(
                            "<switched-vlan"
                                + " xmlns=\"http://openconfig.net/yang/vlan\"><nonsense/></switched-vlan>")),
                    PATIENCE));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    String text = failure.getMessage();
    assertTrue(text.startsWith("switch tor-1 (127.0.0.1:"), text);
    assertTrue(text.contains("refuses edit-config: unknown-element"), text);
    assertTrue(
        text.contains("port Ethernet2: wanted trunk VLANs 100, it has access VLAN 10"), text);
    assertEquals(factory, tor.runningConfig());
    apply("Ethernet1", trunk(100));
  }

  @Test
  void aStrangersLockIsWaitedFor() throws Exception {
    NetconfSession stranger =
        new NetconfSession("stranger", door.open(entry("10s")), Time.system(), PATIENCE);
    assertTrue(stranger.call(Operations.LOCK).done());
    CompletableFuture<Void> change =
        CompletableFuture.runAsync(() -> apply("Ethernet1", trunk(100)), threads);
    Await.until("it has asked twice", PATIENCE, () -> dial.count("<lock>") >= 2);
    assertFalse(change.isDone());
    stranger.close();
    change.get();
    assertEquals(trunk(100), read("Ethernet1").meaning());
  }

  @Test
  void aStrangersLockThatStaysIsReportedWithItsHolder() {
    NetconfSession stranger =
        opened.push(
            new NetconfSession("stranger", door.open(entry("10s")), Time.system(), PATIENCE));
    assertTrue(stranger.call(Operations.LOCK).done());
    Failure failure =
        assertThrows(
            Failure.class,
            () -> driver.apply(Map.of("Ethernet1", trunk(100)), Duration.ofMillis(100)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.getMessage().contains("lock-denied"), failure.getMessage());
    assertTrue(failure.getMessage().contains("held by session"), failure.getMessage());
  }

  @Test
  void aCommitThatHangsEndsAtTheDeadlineAndIsTakenBack() {
    NetconfSwitch impatient =
        opened.push(new NetconfSwitch(entry("500ms"), dial, "shim-1/tor-1", Time.system()));
    tor.faults(new SwitchFaults(Duration.ofHours(1)));
    Failure failure =
        assertThrows(
            Failure.class, () -> impatient.apply(Map.of("Ethernet1", trunk(100)), PATIENCE));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind());
    assertTrue(failure.getMessage().endsWith("gave no answer to commit within 500 ms"));
    tor.faults(SwitchFaults.NONE);
    switchTime.advance(Duration.ofHours(1));
    apply("Ethernet5", trunk(100));
    apply("Ethernet5", new Raw("no switched-vlan"));
    assertEquals(factory, tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void aSessionLostAtAnyStepIsMadeGood(int step) {
    dial.cutBehind(step); // 1 is the hello, 11 the unlock
    if (step == 1) {
      assertThrows(Failure.class, () -> apply("Ethernet1", trunk(100)));
    }
    apply("Ethernet1", trunk(100));
    assertEquals(trunk(100), read("Ethernet1").meaning());
    switchTime.advance(Duration.ofMinutes(10));
    assertEquals(trunk(100), read("Ethernet1").meaning(), "no unconfirmed commit was left");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void aShimThatDiesAtAnyStepLeavesNothingItsSuccessorCannotUndo(int step) {
    dial.dieBehind(step);
    try {
      apply("Ethernet2", trunk(100));
    } catch (Failure e) {
      assertEquals(Failure.Kind.UNAVAILABLE, e.kind());
    }
    RecordingDial again = new RecordingDial(() -> door.open(entry("10s")));
    NetconfSwitch successor =
        opened.push(new NetconfSwitch(entry("10s"), again, "shim-1/tor-1", Time.system()));
    successor.apply(Map.of("Ethernet1", trunk(200)), PATIENCE);
    Raw before = new Raw(read(successor, "Ethernet2").raw().text());
    assertTrue(
        List.of(new Access(10), trunk(100)).contains(read(successor, "Ethernet2").meaning()),
        before::toString);
    successor.apply(
        Map.of("Ethernet1", new Raw("no switched-vlan"), "Ethernet2", new Access(10)), PATIENCE);
    switchTime.advance(Duration.ofMinutes(10));
    assertEquals(factory, tor.runningConfig());
  }

  private static PortReading read(NetconfSwitch from, String port) {
    return from.read(Set.of(port)).get(port);
  }

  // ---- the door ----

  @Test
  void comesInWithAKey() throws Exception {
    try (OutputStream out = Files.newOutputStream(folder.resolve("id"))) {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "test", null, out);
    }
    NetconfSwitch byKey =
        opened.push(new NetconfSwitch(entry("", "id", "10s"), door, "p", Time.system()));
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
  void aSwitchWithoutCandidateIsRefused() {
    ScriptedPeer peer = new ScriptedPeer(List.of(Operations.BASE_1_1), rpc -> ScriptedPeer.OK);
    NetconfSwitch plain = new NetconfSwitch(entry("10s"), () -> peer, "p", Time.system());
    Failure failure = assertThrows(Failure.class, () -> plain.read(Set.of("Ethernet1")));
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
  }
}
