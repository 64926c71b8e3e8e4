package io.patchbay.torshims.snmp;

import static io.patchbay.torshims.snmp.AgentRig.range;
import static io.patchbay.torshims.snmp.AgentRig.read;
import static io.patchbay.torshims.snmp.AgentRig.trunk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.snmp.Trouble;
import io.patchbay.torshims.NotPermitted;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver against an agent that has little room, that loses answers, or that lies. */
@Timeout(60)
class SnmpSwitchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private AgentRig rig;
  private SnmpSwitch driver;
  private String factory;

  @BeforeEach
  void start() {
    rig = new AgentRig(folder);
    factory = rig.tor.runningConfig();
    driver = rig.driver();
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private Map<String, PortReading> apply(String port, PortConfig wanted) {
    return driver.apply(Map.of(port, wanted), PATIENCE);
  }

  private Failure refused(String port, PortConfig wanted) {
    return assertThrows(Failure.class, () -> apply(port, wanted));
  }

  private boolean has(String text) {
    return rig.tor.runningConfig().contains(text);
  }

  // ---- rows of VLANs ----

  @Test
  void aRowThatIsMissingIsMadeUnderANameOfOursAndUnmadeWhenNobodyIsInIt() {
    Raw bare = read(driver, "Ethernet1").raw();
    Raw access = read(driver, "Ethernet2").raw();
    apply("Ethernet1", trunk(100));
    assertTrue(has("<name>patchbay-100</name>"), rig.tor::runningConfig);
    apply("Ethernet2", trunk(100));
    apply("Ethernet1", bare);
    assertTrue(has("<name>patchbay-100</name>"), "Ethernet2 is in it");
    apply("Ethernet2", access);
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void aRowOfOthersIsNeverUnmade() throws Exception {
    Manager operator = rig.opened.push(new Manager(rig.agent.port()));
    operator.createVlan(100, "storage");
    operator.createVlan(101, "patchbay-100"); // our name for another VLAN is not our name
    String before = rig.tor.runningConfig();
    Raw bare = read(driver, "Ethernet1").raw();
    apply("Ethernet1", trunk(100, 101));
    apply("Ethernet1", bare);
    assertEquals(before, rig.tor.runningConfig());
  }

  /** A shim that was killed between a change and the end of its rows. */
  @Test
  void whatAPredecessorLeftIsUnmadeWithTheNextChange() throws Exception {
    rig.opened.push(new Manager(rig.agent.port())).createVlan(300, "patchbay-300");
    apply("Ethernet1", trunk(100));
    assertFalse(has("patchbay-300"), rig.tor::runningConfig);
  }

  @Test
  void aRowThatHasToStayKeepsNoOthers() throws Exception {
    Manager operator = rig.opened.push(new Manager(rig.agent.port()));
    for (int vlan = 300; vlan < 303; vlan++) {
      operator.createVlan(vlan, "patchbay-" + vlan);
    }
    rig.agent.next(
        Trouble.NONE, // the change
        Trouble.COMMIT_FAILED, // all three rows
        Trouble.COMMIT_FAILED); // the first of them
    apply("Ethernet1", trunk(100));
    assertTrue(has("patchbay-300"), rig.tor::runningConfig);
    assertFalse(has("patchbay-301"), rig.tor::runningConfig);
    assertFalse(has("patchbay-302"), rig.tor::runningConfig);
    apply("Ethernet1", trunk(101));
    assertFalse(has("patchbay-300"), rig.tor::runningConfig);
  }

  @Test
  void rowsThatHaveToStayAreNamedToWhoWantsThemAway() throws Exception {
    Manager operator = rig.opened.push(new Manager(rig.agent.port()));
    operator.createVlan(300, "patchbay-blue");
    operator.createVlan(301, "patchbay-blue");
    rig.agent.next(Trouble.COMMIT_FAILED, Trouble.NONE, Trouble.COMMIT_FAILED);
    Failure failure = assertThrows(Failure.class, () -> driver.removeVlans(Set.of(300, 301)));
    assertEquals(Failure.Kind.INTERNAL, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("VLANs [301] stay"), failure.getMessage());
    assertEquals(Set.of(301), driver.madeVlans(Set.of(300, 301)).keySet());
  }

  @Test
  void rowsThatAreTooManyForOneSetAreUnmadeBySeveral() throws Exception {
    Manager operator = rig.opened.push(new Manager(rig.agent.port()));
    for (int vlan = 300; vlan < 340; vlan++) {
      operator.createVlan(vlan, "patchbay-" + vlan);
    }
    rig.agent.octetsMax(200);
    apply("Ethernet1", trunk(100));
    assertFalse(has("patchbay-3"), rig.tor::runningConfig);
  }

  @Test
  void aPortThatIsForbiddenInAVlanIsRefusedWithTheReason() throws Exception {
    Manager operator = rig.opened.push(new Manager(rig.agent.port()));
    operator.createVlan(100, "storage");
    operator.forbid(100, "0010"); // bridge port 12 is Ethernet1
    Failure failure = refused("Ethernet1", trunk(100));
    assertEquals(Failure.Kind.CONFLICT, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("Ethernet1 is forbidden in VLAN 100"));
    apply("Ethernet2", trunk(100));
  }

  // ---- what does not fit ----

  /** A datagram has room for a few rows; each is as many octets as the agent has ports. */
  @Test
  void whatDoesNotFitOneSetIsSeveral() {
    Raw access = read(driver, "Ethernet2").raw();
    apply("Ethernet2", range(1000, 1059));
    assertEquals(range(1000, 1059), read(driver, "Ethernet2").meaning());
    apply("Ethernet2", range(1040, 1079));
    assertEquals(range(1040, 1079), read(driver, "Ethernet2").meaning());
    apply("Ethernet2", access);
    assertEquals(factory, rig.tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(ints = {600, 300, 160})
  void anAgentWithLessRoomIsToldLessAtOnce(int octets) {
    rig.agent.octetsMax(octets);
    Map<String, PortConfig> wanted =
        Map.of("Ethernet1", range(1000, 1019), "Ethernet2", range(1010, 1029));
    driver.apply(wanted, PATIENCE);
    Map<String, PortReading> now = driver.read(wanted.keySet());
    assertTrue(PortReading.different(wanted, now).isEmpty(), now::toString);
  }

  @Test
  void anAgentWithNoRoomForThePartsRefusesTheWhole() {
    rig.agent.octetsMax(40);
    Failure failure = refused("Ethernet1", trunk(100));
    assertEquals(Failure.Kind.EXHAUSTED, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("too big"), failure.getMessage());
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void whatHasNoRoomAtAllMakesTheNextChangesNoSmaller() throws Exception {
    Manager operator = rig.opened.push(new Manager(rig.agent.port()));
    rig.agent.octetsMax(40);
    refused("Ethernet1", trunk(100));
    rig.agent.octetsMax(Integer.MAX_VALUE);
    int serial = operator.serial();
    driver.apply(Map.of("Ethernet1", range(100, 105), "Ethernet2", range(100, 105)), PATIENCE);
    assertEquals(serial + 1, operator.serial(), "one SET");
  }

  /** The third of many SETs is refused: the first two are put back. */
  @Test
  void whatWasMadeOfAChangeThatIsRefusedIsPutBack() {
    rig.agent.octetsMax(300);
    rig.agent.next(Trouble.NONE, Trouble.NONE, Trouble.COMMIT_FAILED);
    Failure failure = refused("Ethernet2", range(1000, 1029));
    assertEquals(Failure.Kind.INTERNAL, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("Commit failed"), failure.getMessage());
    assertEquals(new Access(10), read(driver, "Ethernet2").meaning());
    assertEquals(factory, rig.tor.runningConfig());
  }

  // ---- what agents say ----

  @ParameterizedTest
  @EnumSource(
      value = Trouble.class,
      names = {"REQUEST_LOST", "REPLY_LOST", "ERROR_AFTER_APPLYING", "SERIAL_TAKEN"})
  void whatCanBeSettledIs(Trouble trouble) {
    driver = rig.driver("shim", "1s");
    PortReading before = read(driver, "Ethernet2");
    rig.agent.next(trouble);
    assertEquals(Map.of("Ethernet2", before), apply("Ethernet2", trunk(100)));
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
    apply("Ethernet2", before.raw());
    assertEquals(factory, rig.tor.runningConfig());
  }

  @ParameterizedTest
  @EnumSource(
      value = Trouble.class,
      names = {"SUCCESS_WITHOUT_APPLYING", "COMMIT_FAILED", "UNDO_FAILED"})
  void whatIsRefusedIsAsItWas(Trouble trouble) {
    read(driver, "Ethernet2");
    rig.agent.next(trouble);
    Failure failure = refused("Ethernet2", trunk(100));
    assertEquals(Failure.Kind.INTERNAL, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("switch tor-1"), failure.getMessage());
    assertEquals(factory, rig.tor.runningConfig());
    apply("Ethernet2", trunk(100));
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
  }

  /** What its predecessor has asked for is on its way still when this process finds all well. */
  @Test
  void whatComesLateFromAPredecessorIsMadeVoid() {
    SnmpSwitch predecessor = rig.driver("shim", "300ms");
    Raw former = read(predecessor, "Ethernet2").raw();
    rig.agent.next(Trouble.LATE, Trouble.LATE, Trouble.LATE, Trouble.LATE);
    Failure failure =
        assertThrows(
            Failure.class, () -> predecessor.apply(Map.of("Ethernet2", trunk(100)), PATIENCE));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind(), failure::toString);
    driver.apply(Map.of("Ethernet2", former), PATIENCE);
    rig.agent.deliverLate();
    assertEquals(factory, rig.tor.runningConfig());
  }

  /** The try after which it gives up went with another serial number than those before. */
  @Test
  void whatComesLateOfTheLastTryIsMadeVoid() {
    driver = rig.driver("shim", "300ms");
    Raw former = read(driver, "Ethernet2").raw();
    rig.agent.next(
        Trouble.REQUEST_LOST,
        Trouble.REQUEST_LOST,
        Trouble.REQUEST_LOST,
        Trouble.SERIAL_TAKEN,
        Trouble.LATE);
    Failure failure = refused("Ethernet2", trunk(100));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind(), failure::toString);
    apply("Ethernet2", former);
    rig.agent.deliverLate();
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void portsThatAreRightAreSetOnceMoreByTheSerialNumberAlone() throws Exception {
    Manager operator = rig.opened.push(new Manager(rig.agent.port()));
    List<Map<String, PortReading>> told = new ArrayList<>();
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void overwrites(Map<String, PortReading> before) {
            told.add(before);
          }
        });
    int serial = operator.serial();
    assertEquals(Map.of(), apply("Ethernet2", new Access(10)));
    assertEquals(serial + 1, operator.serial(), "a predecessor may have asked for something");
    assertEquals(Map.of(), apply("Ethernet2", new Access(10)));
    assertEquals(serial + 1, operator.serial());
    assertEquals(List.of(), told);
  }

  @Test
  void whoMayOnlyReadIsToldWhatToMend() {
    SnmpSwitch watcher = rig.driver("watcher", "5s");
    assertEquals(new Access(10), read(watcher, "Ethernet2").meaning());
    Failure failure =
        assertThrows(Failure.class, () -> watcher.apply(Map.of("Ethernet2", trunk(100)), PATIENCE));
    assertEquals(Failure.Kind.DENIED, failure.kind(), failure::toString);
    assertTrue(NotPermitted.isBehind(failure), failure::toString);
    assertTrue(failure.getMessage().contains("VACM"), failure.getMessage());
  }

  @Test
  void anUnknownPortIsNamed() {
    Failure failure = refused("Ethernet9", trunk(100));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.getMessage().contains("'Ethernet9'"), failure.getMessage());
  }

  // ---- words ----

  @Test
  void otherWordsAreUsedAtOnceAndToldToNobody() {
    read(driver, "Ethernet1");
    rig.words("auth", "quite other words");
    Failure wrong = assertThrows(Failure.class, () -> read(driver, "Ethernet1"));
    assertEquals(Failure.Kind.DENIED, wrong.kind(), wrong::toString);
    assertFalse(wrong.getMessage().contains("other words"), wrong.getMessage());
    rig.words("auth", "short");
    Failure shorter = assertThrows(Failure.class, () -> read(driver, "Ethernet1"));
    assertEquals(Failure.Kind.INVALID, shorter.kind(), shorter::toString);
    assertTrue(shorter.getMessage().contains("less than 8 octets"), shorter.getMessage());
    assertFalse(shorter.getMessage().contains("short"), shorter.getMessage());
    rig.words("auth", AgentRig.AUTH);
    read(driver, "Ethernet1");
  }

  @Test
  void anUnknownUserIsDenied() {
    SnmpSwitch stranger = rig.driver("stranger", "5s");
    Failure failure = assertThrows(Failure.class, () -> stranger.read(Set.of("Ethernet1")));
    assertEquals(Failure.Kind.DENIED, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("no such user"), failure.getMessage());
  }

  /** Its bits come out otherwise than they went in, and there is nothing to say that with. */
  @Test
  void theWrongWordsOfPrivacyAreNotTakenForRefusal() {
    rig.words("priv", "quite other words");
    SnmpSwitch impatient = rig.driver("shim", "1s");
    Failure failure = assertThrows(Failure.class, () -> read(impatient, "Ethernet1"));
    assertTrue(
        Set.of(Failure.Kind.TIMEOUT, Failure.Kind.DENIED).contains(failure.kind()),
        failure::toString);
  }
}
