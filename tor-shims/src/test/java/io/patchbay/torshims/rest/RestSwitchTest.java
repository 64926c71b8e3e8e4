package io.patchbay.torshims.rest;

import static io.patchbay.torshims.rest.ControllerRig.read;
import static io.patchbay.torshims.rest.ControllerRig.trunk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.rest.Exchange;
import io.patchbay.hwsim.rest.Trouble;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver against a controller that is slow, forgetful, busy, or lies. */
@Timeout(60)
class RestSwitchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private ControllerRig rig;
  private RestSwitch driver;
  private String factory;
  private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() throws IOException {
    rig = new ControllerRig(folder);
    factory = rig.tor.runningConfig();
    driver = rig.driver();
    rig.controller.watch(exchanges::add);
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

  private long changes() {
    return exchanges.stream().filter(each -> each.method().equals("POST")).count();
  }

  // ---- what it says ----

  @Test
  void aChangeThatIsThereAlreadyIsMadeOnceToOutrunWhatMayStillCome() {
    apply("Ethernet2", new Access(10));
    assertEquals(1, changes(), "a predecessor may have asked for something");
    apply("Ethernet2", new Access(10));
    assertEquals(1, changes());
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void aTrunkOfVeryManyVlansIsARange() {
    TreeSet<Integer> many = new TreeSet<>(IntStream.rangeClosed(2, 4000).boxed().toList());
    many.remove(1000);
    Trunk trunk = new Trunk(many, OptionalInt.of(4094));
    apply("Ethernet1", trunk);
    assertEquals(trunk, read(driver, "Ethernet1").meaning());
    String body =
        exchanges.stream().filter(e -> e.method().equals("POST")).findFirst().get().body();
    assertTrue(body.contains("\"trunkVlans\":[\"2..999\",\"1001..4000\"]"), body);
  }

  /** What a controller adds is not understood, and given back as it was. */
  @Test
  void whatAControllerAddsToAPortIsKeptAndGivenBack() {
    String theirs = "\"vlans\":{\"mode\":\"ACCESS\",\"accessVlan\":10";
    rig.controller.tamper(
        answer -> answer.replace(theirs, theirs + ",\"voice\":{\"b\":7,\"a\":[2,1]}"));
    PortReading found = read(driver, "Ethernet2");
    assertEquals(found.raw(), found.meaning());
    rig.controller.tamper(answer -> answer);
    apply("Ethernet2", trunk(100));
    Failure failure = refused("Ethernet2", found.raw());
    assertTrue(failure.getMessage().contains("no 'voice'"), failure.getMessage());
    assertTrue(
        exchanges.stream()
            .anyMatch(each -> each.body().contains("\"voice\":{\"a\":[2,1],\"b\":7}")),
        exchanges::toString);
  }

  @Test
  void anUnknownPortIsNamed() {
    Failure failure = refused("Ethernet9", trunk(100));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.getMessage().contains("[Ethernet9], only [Ethernet1"), failure.toString());
  }

  // ---- who else writes ----

  @Test
  void whoWritesInBetweenIsNotOverwrittenUnseen() {
    RestSwitch other = rig.driver();
    AtomicBoolean once = new AtomicBoolean();
    rig.controller.watch(exchange -> {
      exchanges.add(exchange);
      if (exchange.method().equals("GET") && !once.getAndSet(true)) {
        other.apply(Map.of("Ethernet1", trunk(300), "Ethernet2", trunk(300)), PATIENCE);
      }
    });
    apply("Ethernet2", trunk(100));
    assertTrue(exchanges.stream().anyMatch(each -> each.status() == 412), exchanges::toString);
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
    assertEquals(trunk(300), read(driver, "Ethernet1").meaning());
  }

  /** What it goes back to is what it had last, not what it had when it was first looked at. */
  @Test
  void whatIsOverwrittenIsToldAnewWhenSomebodyCameBetween() {
    RestSwitch other = rig.driver();
    AtomicBoolean once = new AtomicBoolean();
    List<Map<String, PortReading>> told = new CopyOnWriteArrayList<>();
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void overwrites(Map<String, PortReading> before) {
            told.add(before);
            if (!once.getAndSet(true)) {
              other.apply(Map.of("Ethernet2", trunk(300)), PATIENCE);
            }
          }
        });
    assertEquals(trunk(300), apply("Ethernet2", trunk(100)).get("Ethernet2").meaning());
    assertEquals(2, told.size());
    assertEquals(new Access(10), told.getFirst().get("Ethernet2").meaning());
    assertEquals(trunk(300), told.getLast().get("Ethernet2").meaning());
  }

  @Test
  void whatWasWrittenWhileTheAnswerWasLostIsNotToldAsWhatThePortHad() {
    rig.controller.next(Trouble.OBLIVION_AFTER_APPLYING);
    assertEquals(new Access(10), apply("Ethernet2", trunk(100)).get("Ethernet2").meaning());
  }

  // ---- what goes wrong ----

  @ParameterizedTest
  @EnumSource(
      value = Trouble.class,
      names = {
        "SILENCE",
        "SILENCE_AFTER_APPLYING",
        "OBLIVION_AFTER_APPLYING",
        "ERROR_AFTER_APPLYING",
        "REFUSAL_AFTER_APPLYING",
        "LATE",
        "BUSY",
        "UNREACHABLE"
      })
  void whateverIsSaidTheChangeIsMadeAndKept(Trouble trouble) {
    rig.controller.next(trouble);
    apply("Ethernet2", trunk(100));
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
    apply("Ethernet2", new Access(10));
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void aSuccessThatIsNoneIsFoundOut() {
    rig.controller.next(Trouble.SUCCESS_WITHOUT_APPLYING);
    Failure failure = refused("Ethernet2", trunk(100));
    assertEquals(Failure.Kind.INTERNAL, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("wanted trunk VLANs 100"), failure.getMessage());
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void aHalfIsPutBack() {
    rig.controller.next(Trouble.HALF);
    Map<String, PortConfig> wanted = Map.of("Ethernet1", trunk(100), "Ethernet2", trunk(100));
    Failure failure = assertThrows(Failure.class, () -> driver.apply(wanted, PATIENCE));
    assertEquals(Failure.Kind.INTERNAL, failure.kind(), failure::toString);
    assertEquals(factory, rig.tor.runningConfig());
  }

  /** The request of a shim that is dead by then. */
  private void leaveARequestOnItsWay() {
    rig.controller.next(Trouble.LATE);
    RestSwitch dead = rig.driver();
    dead.watch(() -> rig.token("dead"));
    assertThrows(Failure.class, () -> dead.apply(Map.of("Ethernet1", trunk(666)), PATIENCE));
    rig.token(ControllerRig.TOKEN);
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void whatAPredecessorHasAskedForIsOvertaken() {
    leaveARequestOnItsWay();
    apply("Ethernet1", new Raw("no switched-vlan"));
    apply("Ethernet2", trunk(100));
    assertEquals(read(driver, "Ethernet1").raw(), read(driver, "Ethernet1").meaning());
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
  }

  /** A refusal outruns nothing, nor does a success that wrote nothing. */
  @ParameterizedTest
  @CsvSource({
    "REFUSAL, INVALID, the switch will not have it",
    "SUCCESS_WITHOUT_APPLYING, UNAVAILABLE, the version of the ports is the same"
  })
  void aPortIsNotGivenUpWhileARequestForItMayStillCome(
      Trouble trouble, Failure.Kind kind, String said) {
    leaveARequestOnItsWay();
    PortConfig bare = new Raw("no switched-vlan");
    rig.controller.next(trouble);
    Failure failure = refused("Ethernet1", bare);
    assertEquals(kind, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains(said), failure.getMessage());
    apply("Ethernet1", bare);
    apply("Ethernet2", trunk(100));
    assertEquals(bare, read(driver, "Ethernet1").meaning());
  }

  @Test
  void whateverIsOnItsWayIsOvertakenByAnybodysChange() {
    read(driver, "Ethernet1");
    leaveARequestOnItsWay();
    rig.driver().apply(Map.of("Ethernet2", trunk(100)), PATIENCE); // which it comes before
    long before = changes();
    apply("Ethernet1", trunk(666));
    assertEquals(before, changes());
  }

  @Test
  void aSlowChangeIsWaitedForBeyondTheDeadlineOfOneAnswer() throws Exception {
    rig.tor.faults(new SwitchFaults(Duration.ofSeconds(30)));
    FutureTask<Map<String, PortReading>> task =
        new FutureTask<>(() -> apply("Ethernet2", trunk(100)));
    Thread.ofVirtual().start(task);
    Await.until(
        "it asks what becomes of it",
        PATIENCE,
        () -> exchanges.stream().anyMatch(each -> each.path().contains("/transactions/")));
    assertFalse(task.isDone());
    rig.switchTime.advance(Duration.ofSeconds(30));
    assertEquals(new Access(10), task.get().get("Ethernet2").meaning());
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
    assertEquals(1, changes());
  }

  @Test
  void aSlowChangeThatIsRefusedInTheEndIsMadeUponWhatIsThereByThen() throws Exception {
    rig.tor.faults(new SwitchFaults(Duration.ofSeconds(30)));
    FutureTask<Map<String, PortReading>> task =
        new FutureTask<>(() -> apply("Ethernet2", trunk(100)));
    Thread.ofVirtual().start(task);
    Await.until("it is begun", PATIENCE, () -> changes() == 1);
    rig.tor.faults(SwitchFaults.NONE);
    rig.driver().apply(Map.of("Ethernet1", trunk(300)), PATIENCE);
    rig.switchTime.advance(Duration.ofSeconds(30));
    task.get();
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
    assertEquals(trunk(300), read(driver, "Ethernet1").meaning());
  }

  @Test
  void aChangeThatStaysPendingIsAmbiguous() {
    rig.tor.faults(new SwitchFaults(Duration.ofSeconds(30)));
    Failure failure =
        assertThrows(
            Failure.class,
            () -> driver.apply(Map.of("Ethernet2", trunk(100)), Duration.ofMillis(300)));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("is still pending"), failure.getMessage());
  }

  @Test
  void aSwitchThatIsSlowerThanAnybodyWaitsSettlesAllTheSame() {
    rig.tor.faults(new SwitchFaults(Duration.ofMinutes(1)));
    Map<String, PortConfig> wanted = Map.of("Ethernet2", trunk(100));
    Duration little = Duration.ofMillis(300);
    assertThrows(Failure.class, () -> driver.apply(wanted, little));
    rig.switchTime.advance(Duration.ofSeconds(30));
    assertThrows(Failure.class, () -> driver.apply(wanted, little));
    rig.switchTime.advance(Duration.ofSeconds(30));
    driver.apply(wanted, little);
    assertEquals(2, changes());
    rig.switchTime.advance(Duration.ofSeconds(30));
    driver.apply(wanted, little);
    assertEquals(2, changes());
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
  }

  /** The switch behind the controller comes back as it left the factory. */
  @Test
  void aSwitchThatRebootsWithoutItsConfigurationIsWrittenAnew() {
    apply("Ethernet2", trunk(100));
    SimulatedSwitch rebooted = rig.opened.push(rig.fresh());
    rig.controller.put("leaf 1/a", rebooted.rest());
    apply("Ethernet2", trunk(100));
    assertEquals(trunk(100), read(driver, "Ethernet2").meaning());
    apply("Ethernet2", new Access(10));
    assertEquals(factory, rebooted.runningConfig());
  }

  // ---- secrets and bounds ----

  @ParameterizedTest
  @ValueSource(strings = {"two words", "line\u0001", "", "wörd"})
  void aTokenThatIsNoneIsNotSentAndNotTold(String word) throws IOException {
    rig.token(word + "\n");
    Failure failure = assertThrows(Failure.class, () -> read(driver, "Ethernet1"));
    assertEquals(Failure.Kind.INVALID, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("holds no bearer token"), failure.getMessage());
    assertTrue(word.isEmpty() || !failure.getMessage().contains(word), failure.getMessage());
    assertEquals(List.of(), exchanges);
  }

  /** This controller repeats a wrong token in its answer. */
  @Test
  void aTokenThatTheControllerRepeatsIsNotTold() throws IOException {
    rig.token("forgotten-word");
    Failure failure = refused("Ethernet1", trunk(100));
    assertEquals(Failure.Kind.DENIED, failure.kind(), failure::toString);
    assertFalse(failure.getMessage().contains("forgotten-word"), failure.getMessage());
    assertTrue(failure.getMessage().contains("[token]"), failure.getMessage());
    rig.token(ControllerRig.TOKEN);
    apply("Ethernet1", trunk(100));
  }

  /** JSON has many spellings of the same text, and this controller chooses others than usual. */
  private static String escaped(String answer) {
    return answer.replace("/", "\\/").replace("+", "\\u002b");
  }

  @Test
  void aTokenThatTheControllerSpellsOtherwiseIsNotTold() {
    String token = "forgotten/wo+rd=";
    rig.token(token);
    rig.controller.tamper(RestSwitchTest::escaped);
    Failure failure = refused("Ethernet1", trunk(100));
    assertTrue(exchanges.getLast().answer().contains("forgotten\\/wo\\u002brd="));
    assertFalse(failure.getMessage().contains(token), failure.getMessage());
    assertTrue(failure.getMessage().contains("[token]"), failure.getMessage());
  }

  @Test
  void aTokenInAnAnswerThatIsNotOfTheContractIsNotTold() {
    String id = "\"id\":\"[^\"]*\"";
    String token = escaped("\"id\":\"" + ControllerRig.TOKEN + '"');
    rig.controller.tamper(answer -> answer.replaceAll(id, Matcher.quoteReplacement(token)));
    Failure failure = refused("Ethernet1", trunk(100));
    assertFalse(failure.getMessage().contains(ControllerRig.TOKEN), failure.getMessage());
    assertTrue(failure.getMessage().contains("[token]"), failure.getMessage());
  }

  /** One that is cut in the middle would not be found. */
  @Test
  void aTokenAtTheEndOfALongTextIsNotTold() {
    rig.token("forgotten/word");
    rig.controller.tamper(answer -> answer.replace("no such", "x".repeat(975)));
    Failure failure = refused("Ethernet1", trunk(100));
    assertFalse(failure.getMessage().contains("forgo"), failure.getMessage());
  }

  @Test
  void anAnswerWithoutEndIsCutOff() {
    rig.controller.tamper(answer -> answer + " ".repeat(5 << 20));
    Failure failure = assertThrows(Failure.class, () -> read(driver, "Ethernet1"));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind(), failure::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>", "[]", "null", "{\"ports\":[{}]}", "{\"ports\":[1]}"})
  void anAnswerThatIsNotOfTheContractSaysNothingOfThePorts(String nonsense) {
    rig.controller.tamper(answer -> nonsense);
    Failure failure = refused("Ethernet1", trunk(100));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("does not keep to its contract"), failure.toString());
  }
}
