package io.patchbay.torshims.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.TlsServerCredentials;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.gnmi.GnmiLogin;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.SwitchEntry.Gnmi;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.gnmi.Liar.Lie;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver against the simulated switch's gNMI service, over TLS. */
class GnmiSwitchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final FakeTime switchTime = new FakeTime();
  private SimulatedSwitch tor;
  private Liar liar;
  private String factory;
  private int port;

  @BeforeEach
  void start() throws IOException {
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
                    io.patchbay.hwsim.netconf.Access.byPassword("unused", "unused")),
                switchTime));
    SwitchAuthority authority = new SwitchAuthority(folder, "ca");
    new SwitchAuthority(folder, "stranger");
    authority.issue(
        "tor-1",
        new GeneralName(GeneralName.dNSName, "*.example.com"),
        new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    authority.issue("shim", new GeneralName(GeneralName.dNSName, "shim"));
    Files.writeString(folder.resolve("password"), "secret\n");
    factory = tor.runningConfig();
    liar = new Liar();
    port = serve(TlsServerCredentials.ClientAuth.NONE, new GnmiLogin("shim", "secret"));
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private int serve(TlsServerCredentials.ClientAuth certificates, ServerInterceptor... doors)
      throws IOException {
    Server server =
        Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.newBuilder()
                    .keyManager(
                        folder.resolve("tor-1.pem").toFile(), folder.resolve("tor-1.key").toFile())
                    .trustManager(folder.resolve("ca.pem").toFile())
                    .clientAuth(certificates)
                    .build())
            .addService(ServerInterceptors.intercept(liar.between(tor.gnmi()), doors))
            .build()
            .start();
    opened.push(() -> {
      var unused = server.shutdownNow();
    });
    return server.getPort();
  }

  private Gnmi gnmi(String certificate, String serverName, boolean confirms) {
    return new Gnmi(
        folder.resolve("ca.pem").toString(),
        serverName,
        certificate.isEmpty() ? "" : folder.resolve(certificate + ".pem").toString(),
        certificate.isEmpty() ? "" : folder.resolve(certificate + ".key").toString(),
        confirms);
  }

  private SwitchEntry entry(boolean confirms) {
    return entry(gnmi("", "", confirms), "password");
  }

  private SwitchEntry entry(Gnmi gnmi, String password) {
    SwitchEntry.Login login =
        password.isEmpty()
            ? null
            : new SwitchEntry.Login("shim", folder.resolve(password).toString(), "", "");
    return new SwitchEntry(
        "tor-1", "127.0.0.1:" + port, login, gnmi, new SwitchEntry.Deadlines("5s", "30s"));
  }

  private GnmiSwitch driver(boolean confirms) {
    SwitchEntry entry = entry(confirms);
    return driver(entry);
  }

  private GnmiSwitch driver(SwitchEntry entry) {
    return opened.push(
        new GnmiSwitch(
            entry, entry.gnmi(), "patchbay-shim-1/tor-1", VlanNames.NUMBERS, Time.system()));
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  private static void apply(GnmiSwitch driver, String port, PortConfig wanted) {
    driver.apply(Map.of(port, wanted), PATIENCE);
  }

  private static PortReading read(GnmiSwitch driver, String port) {
    return driver.read(Set.of(port)).get(port);
  }

  @ParameterizedTest
  @CsvSource({
    "Ethernet1,true", "Ethernet2,true", "Ethernet3,true", "Ethernet4,true",
    "Ethernet1,false", "Ethernet2,false", "Ethernet3,false", "Ethernet4,false"
  })
  void anyPortIsProgrammedAndPutBackToTheByte(String port, boolean confirms) {
    GnmiSwitch driver = driver(confirms);
    Raw before = read(driver, port).raw();
    apply(driver, port, trunk(100));
    assertEquals(trunk(100), read(driver, port).meaning());
    assertNotEquals(factory, tor.runningConfig());
    apply(driver, port, trunk(100, 200, 201, 202));
    apply(driver, port, trunk(200));
    assertEquals(trunk(200), read(driver, port).meaning());
    apply(driver, port, new Access(4094));
    assertEquals(new Access(4094), read(driver, port).meaning());
    apply(driver, port, before);
    assertEquals(factory, tor.runningConfig());
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void understandsWhatOthersConfigured() {
    Map<String, PortReading> all =
        driver(false).read(Set.of("Ethernet1", "Ethernet2", "Ethernet3", "Ethernet4"));
    assertEquals(GnmiPort.none("Ethernet1"), all.get("Ethernet1"));
    assertEquals(new Access(10), all.get("Ethernet2").meaning());
    assertTrue(all.get("Ethernet3").meaning() instanceof Raw, "a trunk of all VLANs");
    Trunk mixed = (Trunk) all.get("Ethernet4").meaning();
    assertEquals(11, mixed.vlans().size());
    assertEquals(OptionalInt.of(7), mixed.nativeVlan());
  }

  @ParameterizedTest
  @CsvSource({"true,2", "false,1"})
  void manyPortsAreOneTransaction(boolean confirms, int sets) {
    Map<String, PortConfig> wanted = new LinkedHashMap<>();
    for (int i = 1; i <= 5; i++) {
      wanted.put("Ethernet" + i, trunk(100 + i));
    }
    GnmiSwitch driver = driver(confirms);
    driver.read(Set.of("Ethernet1"));
    int before = liar.sets();
    driver.apply(wanted, PATIENCE);
    assertEquals(sets, liar.sets() - before);
    assertEquals(trunk(104), read(driver, "Ethernet4").meaning());
  }

  @Test
  void whatIsAlreadySoCostsNoTransaction() {
    GnmiSwitch driver = driver(false);
    apply(driver, "Ethernet1", trunk(100));
    int before = liar.sets();
    apply(driver, "Ethernet1", trunk(100));
    assertEquals(before, liar.sets());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRefusalChangesNothingAndSaysWhy(boolean confirms) {
    GnmiSwitch driver = driver(confirms);
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                driver.apply(Map.of("Ethernet1", trunk(100), "Ethernet99", trunk(200)), PATIENCE));
    assertTrue(Failure.text(failure).contains("no interface Ethernet99"), Failure.text(failure));
    assertTrue(Failure.text(failure).contains("switch tor-1"), Failure.text(failure));
    assertEquals(factory, tor.runningConfig());
  }

  /** sonic-gnmi 238: Set returns an error, yet the change is there. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorAfterApplyingIsSettledByLooking(boolean confirms) {
    GnmiSwitch driver = driver(confirms);
    liar.next(Lie.ERROR_AFTER_APPLYING);
    if (confirms) {
      assertThrows(Failure.class, () -> apply(driver, "Ethernet1", trunk(100)));
      assertEquals(factory, tor.runningConfig());
    } else {
      apply(driver, "Ethernet1", trunk(100));
      assertEquals(trunk(100), read(driver, "Ethernet1").meaning());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSuccessWithoutApplyingIsFoundOut(boolean confirms) {
    GnmiSwitch driver = driver(confirms);
    driver.read(Set.of("Ethernet1"));
    liar.next(Lie.SUCCESS_WITHOUT_APPLYING);
    Failure failure = assertThrows(Failure.class, () -> apply(driver, "Ethernet1", trunk(100)));
    assertEquals(
        confirms ? Failure.Kind.UNAVAILABLE : Failure.Kind.INTERNAL,
        failure.kind(),
        Failure.text(failure));
    assertEquals(factory, tor.runningConfig());
    apply(driver, "Ethernet1", trunk(100));
    assertEquals(trunk(100), read(driver, "Ethernet1").meaning());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHalfAppliedChangeIsPutBack(boolean confirms) {
    GnmiSwitch driver = driver(confirms);
    driver.read(Set.of("Ethernet1"));
    liar.next(Lie.HALF);
    assertThrows(
        Failure.class,
        () -> driver.apply(Map.of("Ethernet1", trunk(100), "Ethernet2", trunk(200)), PATIENCE));
    assertEquals(factory, tor.runningConfig());
  }

  /** The shim dies after the switch has changed and before it is confirmed. */
  @Test
  void whatAnEarlierProcessLeftUnconfirmedIsCancelled() {
    GnmiSwitch first = driver(true);
    liar.next(Lie.DEATH_AFTER_APPLYING);
    Failure failure = assertThrows(Failure.class, () -> apply(first, "Ethernet1", trunk(100)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertNotEquals(factory, tor.runningConfig());
    liar.revive();
    GnmiSwitch second = driver(true);
    assertEquals(GnmiPort.none("Ethernet1"), read(second, "Ethernet1"));
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void theSwitchUndoesWhatNobodyConfirms() {
    liar.next(Lie.DEATH_AFTER_APPLYING);
    assertThrows(Failure.class, () -> apply(driver(true), "Ethernet1", trunk(100)));
    switchTime.advance(Duration.ofSeconds(30));
    assertEquals(factory, tor.runningConfig());
  }

  @ParameterizedTest
  @EnumSource(
      value = Lie.class,
      names = {"SILENCE", "SILENCE_AFTER_APPLYING"})
  void aLostAnswerTellsTheWatcherAndIsSettled(Lie lie) {
    GnmiSwitch driver = driver(false);
    int[] lost = {0};
    driver.watch(() -> lost[0]++);
    liar.next(lie);
    apply(driver, "Ethernet1", trunk(100));
    assertEquals(1, lost[0]);
    assertEquals(trunk(100), read(driver, "Ethernet1").meaning());
  }

  @Test
  void somebodyElsesUnconfirmedChangeIsWaitedFor() {
    GnmiSwitch other =
        opened.push(
            new GnmiSwitch(
                entry(true), entry(true).gnmi(), "other", VlanNames.NUMBERS, Time.system()));
    liar.next(Lie.DEATH_AFTER_APPLYING);
    assertThrows(Failure.class, () -> apply(other, "Ethernet5", trunk(5)));
    liar.revive();
    liar.before(2, () -> switchTime.advance(Duration.ofSeconds(30)));
    apply(driver(false), "Ethernet1", trunk(100));
    assertEquals(trunk(100), read(driver(false), "Ethernet1").meaning());
    assertEquals(GnmiPort.none("Ethernet1"), read(driver(false), "Ethernet5"));
  }

  /** What the other had not confirmed is no longer there once he was waited for. */
  @Test
  void tellsWhatItOverwritesAsItIsWhenItsTurnHasCome() {
    GnmiSwitch other =
        opened.push(
            new GnmiSwitch(
                entry(true), entry(true).gnmi(), "other", VlanNames.NUMBERS, Time.system()));
    liar.next(Lie.DEATH_AFTER_APPLYING);
    assertThrows(Failure.class, () -> apply(other, "Ethernet1", trunk(5)));
    liar.revive();
    liar.busy(() -> switchTime.advance(Duration.ofSeconds(30)));
    GnmiSwitch driver = driver(false);
    List<PortReading> told = new ArrayList<>();
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void overwrites(Map<String, PortReading> before) {
            told.add(before.get("Ethernet1"));
          }
        });
    assertEquals(
        GnmiPort.none("Ethernet1"),
        driver.apply(Map.of("Ethernet1", trunk(100)), PATIENCE).get("Ethernet1"));
    assertEquals(trunk(5), told.getFirst().meaning());
    assertEquals(GnmiPort.none("Ethernet1"), told.getLast());
  }

  @Test
  void whoeverWaitsInVainKnowsNothing() {
    GnmiSwitch other =
        opened.push(
            new GnmiSwitch(
                entry(true), entry(true).gnmi(), "other", VlanNames.NUMBERS, Time.system()));
    liar.next(Lie.DEATH_AFTER_APPLYING);
    assertThrows(Failure.class, () -> apply(other, "Ethernet5", trunk(5)));
    liar.revive();
    Failure failure =
        assertThrows(
            Failure.class,
            () -> driver(false).apply(Map.of("Ethernet1", trunk(100)), Duration.ofMillis(300)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Failure.text(failure).contains("awaits confirmation"), Failure.text(failure));
  }

  /**
   * A slow switch makes a change after its caller has given up, and after the port was released.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aChangeThatComesLateDoesNotOutliveItsRelease(boolean confirms) {
    GnmiSwitch driver = driver(confirms);
    Raw before = read(driver, "Ethernet1").raw();
    liar.next(Lie.LATE);
    apply(driver, "Ethernet1", trunk(100));
    driver.apply(Map.of("Ethernet1", before), PATIENCE);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  /** A Get shows a change that awaits its confirmation as one that is there to stay. */
  @Test
  void aRefusedConfirmationIsNoSuccessHoweverItLooks() {
    GnmiSwitch driver = driver(true);
    driver.read(Set.of("Ethernet1"));
    liar.deaf(2); // to the confirmation, and to the cancellation
    Failure failure = assertThrows(Failure.class, () -> apply(driver, "Ethernet1", trunk(100)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    liar.before(2, () -> switchTime.advance(Duration.ofSeconds(30)));
    apply(driver, "Ethernet1", trunk(100));
    switchTime.advance(Duration.ofHours(1));
    assertEquals(trunk(100), read(driver, "Ethernet1").meaning());
  }

  /** Else the VLANs of others that are set with it would not be tried without it. */
  @Test
  void whoeverAsksForAModelThatTheSwitchHasNotIsToBlameAlone() {
    liar.lacks("acl");
    Failure failure =
        assertThrows(
            Failure.class, () -> driver(false).read(Set.of("Ethernet1", "Ethernet1 [acl in]")));
    assertEquals(Failure.Kind.INVALID, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("no model acl"), failure.getMessage());
    driver(false).read(Set.of("Ethernet1", "Ethernet1 [qos in]"));
  }

  private static final PortConfig ACL = new PortConfig.AclSet("web", "ACL_IPV4");

  private void bindAcl(GnmiSwitch driver) {
    SwitchEntry entry = entry(false);
    GnmiCalls calls =
        new GnmiCalls(
            entry,
            new GnmiPort(Set.of()),
            opened.push(new GnmiDoor(entry, entry.gnmi())),
            () -> {});
    SetRequest.Builder set = SetRequest.newBuilder();
    Update.Builder update = set.addUpdateBuilder();
    update.getPathBuilder().addElemBuilder().setName("acl");
    update.getPathBuilder().addElemBuilder().setName("acl-sets");
    update
        .getPathBuilder()
        .addElemBuilder()
        .setName("acl-set")
        .putKey("name", "web")
        .putKey("type", "ACL_IPV4");
    update.getPathBuilder().addElemBuilder().setName("config");
    update
        .getValBuilder()
        .setJsonIetfVal(
            ByteString.copyFromUtf8("{\"name\":\"web\",\"type\":\"openconfig-acl:ACL_IPV4\"}"));
    calls.set(set.build());
    driver.apply(Map.of("Ethernet1", trunk(100), "Ethernet1 [acl in]", ACL), PATIENCE);
  }

  private void awaitStreamOf(String model) {
    Await.until(
        "a stream is asked for",
        PATIENCE,
        () -> liar.streams().stream().anyMatch(models -> models.contains(model)));
  }

  /** Whoever has the VLANs put right at once has that also where the switch counts ACLs only. */
  @Test
  void whatIsBoundIsToldOnAStreamOfItsOwn() {
    liar.tellsNotOf("acl");
    GnmiSwitch driver = driver(false);
    bindAcl(driver);
    driver.links(Set.of("Ethernet1"));
    awaitStreamOf("acl");
    assertTrue(liar.streams().contains(Set.of("acl")), liar.streams()::toString);
  }

  /** Else one who asked for what the switch has not would have the stream refused for all. */
  @Test
  void whatTheSwitchRefusedToMakeIsNotFollowed() {
    liar.lacks("qos");
    GnmiSwitch driver = driver(false);
    PortConfig policy = new PortConfig.Leaf("gold");
    assertThrows(Failure.class, () -> driver.apply(Map.of("Ethernet1 [qos in]", policy), PATIENCE));
    bindAcl(driver);
    driver.links(Set.of("Ethernet1"));
    awaitStreamOf("acl");
    assertTrue(liar.streams().contains(Set.of("acl")), liar.streams()::toString);
  }

  /** A restarted shim whose cancellation is refused must not take what it sees for settled. */
  @Test
  void whatWasLeftUnconfirmedIsSetAgainWhenItCannotBeCancelled() {
    liar.next(Lie.DEATH_AFTER_APPLYING);
    assertThrows(Failure.class, () -> apply(driver(true), "Ethernet1", trunk(100)));
    liar.revive();
    GnmiSwitch second = driver(true);
    liar.deaf(1);
    liar.before(3, () -> switchTime.advance(Duration.ofSeconds(30)));
    apply(second, "Ethernet1", trunk(100));
    switchTime.advance(Duration.ofHours(1));
    assertEquals(trunk(100), read(second, "Ethernet1").meaning());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPasswordThatIsAwaySaysNothingOfTheSwitch(boolean confirms) throws IOException {
    GnmiSwitch driver = driver(confirms);
    apply(driver, "Ethernet1", trunk(100));
    Files.delete(folder.resolve("password"));
    Failure failure = assertThrows(Failure.class, () -> driver.read(Set.of("Ethernet1")));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Failure.text(failure).contains("login.passwordFile"), Failure.text(failure));
    assertThrows(Failure.class, () -> apply(driver, "Ethernet1", GnmiPort.none("Ethernet1").raw()));
    Files.writeString(folder.resolve("password"), "secret\n");
    apply(driver, "Ethernet1", GnmiPort.none("Ethernet1").raw());
    assertEquals(factory, tor.runningConfig());
  }

  /** Some answer leaf by leaf, which must not look like a port that has nothing. */
  @Test
  void anAnswerToAnotherQuestionIsRefused() {
    liar.leafByLeaf();
    Failure failure = assertThrows(Failure.class, () -> read(driver(false), "Ethernet2"));
    assertEquals(Failure.Kind.INTERNAL, failure.kind());
    assertTrue(Failure.text(failure).contains("Ethernet2"), Failure.text(failure));
  }

  @Test
  void whatTheUserMayNotDoIsToldAsThat() {
    GnmiSwitch driver = driver(false);
    int[] lost = {0};
    driver.watch(() -> lost[0]++);
    driver.read(Set.of("Ethernet1"));
    liar.next(Lie.FORBIDDEN);
    Failure failure = assertThrows(Failure.class, () -> apply(driver, "Ethernet1", trunk(100)));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(NotPermitted.isBehind(failure), failure::toString);
    assertEquals(0, lost[0], "the connection is of use");
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void aWrongPasswordIsDeniedAndNotShown() throws IOException {
    Files.writeString(folder.resolve("wrong"), "guess\n");
    GnmiSwitch driver = driver(entry(gnmi("", "", false), "wrong"));
    Failure failure = assertThrows(Failure.class, () -> driver.read(Set.of("Ethernet1")));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertFalse(NotPermitted.isBehind(failure), "it was not let in");
    assertTrue(!Failure.text(failure).contains("guess"), Failure.text(failure));
    Files.writeString(folder.resolve("wrong"), "secret\n");
    assertEquals(GnmiPort.none("Ethernet1"), read(driver, "Ethernet1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tor-1.example.com", "127.0.0.1", ""})
  void aServerThatIsNamedIsTrusted(String name) {
    assertEquals(
        GnmiPort.none("Ethernet1"),
        read(driver(entry(gnmi("", name, false), "password")), "Ethernet1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"example.com", "tor-1.row.example.com", "tor-1.example.org", "127.0.0.2", "::1"})
  void aServerOfAnotherNameIsRefused(String name) {
    GnmiSwitch driver = driver(entry(gnmi("", name, false), "password"));
    Failure failure = assertThrows(Failure.class, () -> driver.read(Set.of("Ethernet1")));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Failure.text(failure).contains("not for " + name), Failure.text(failure));
    assertEquals(0, liar.calls());
  }

  @Test
  void aServerOfAnotherAuthorityIsRefused() {
    Gnmi stranger = new Gnmi(folder.resolve("stranger.pem").toString(), "", "", "", false);
    GnmiSwitch driver = driver(entry(stranger, "password"));
    assertThrows(Failure.class, () -> driver.read(Set.of("Ethernet1")));
    assertEquals(0, liar.calls());
  }

  @Test
  void aCertificateOpensASwitchThatAsksForOne() throws IOException {
    port = serve(TlsServerCredentials.ClientAuth.REQUIRE);
    assertEquals(
        GnmiPort.none("Ethernet1"), read(driver(entry(gnmi("shim", "", false), "")), "Ethernet1"));
    assertThrows(Failure.class, () -> driver(false).read(Set.of("Ethernet1")));
  }

  @Test
  void aMissingFileIsNamed() {
    Gnmi gnmi = new Gnmi(folder.resolve("nowhere.pem").toString(), "", "", "", false);
    GnmiSwitch driver = driver(entry(gnmi, "password"));
    Failure failure = assertThrows(Failure.class, () -> driver.read(Set.of("Ethernet1")));
    assertTrue(Failure.text(failure).startsWith("switch tor-1"), Failure.text(failure));
    assertTrue(Failure.text(failure).contains("nowhere.pem"), Failure.text(failure));
  }
}
