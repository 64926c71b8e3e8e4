package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.frame.LldpMessage.IdType;
import io.patchbay.hwsim.frame.LldpMessage.Identity;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.OptionalModel;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.linux.MacAddress;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortItem.Aspect;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every driver owes the writer of its switch. A driver's test extends this and says how the
 * simulated switch is spoken to; between the two is a {@link Line}.
 */
@Timeout(60)
public abstract class SwitchDriverContractTest {
  /** The name of the switch, and the words that let the shim in. */
  protected static final String NAME = "tor-1";

  /** A port of the switch that is a LAG, as drivers are told that have to know. */
  protected static final String LAG = "lag7";

  protected static final String USER = "shim";
  protected static final String PASSWORD = "secret-words";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Set<String> ALL =
      Set.of("Ethernet1", "Ethernet2", "Ethernet3", "Ethernet4", "Ethernet5");

  /** For the files of the driver's entry; the password is in {@code password}. */
  @TempDir protected Path folder;

  /** What is closed when the test ends. */
  protected final Stack opened = new Stack();

  /** The switch under the driver; its clock stands still. */
  protected SimulatedSwitch tor;

  /** The switch's own. */
  protected final FakeTime switchTime = new FakeTime();

  private Line line;
  private String factory;
  private SwitchDriver driver;

  /** Where the switch listens for what the driver speaks; called once per test. */
  protected abstract int serve() throws IOException;

  /**
   * A driver as a process of the shim makes it, that nobody else closes.
   *
   * @param port where it finds the switch
   * @param rpcDeadline as in an entry's deadlines
   */
  protected abstract SwitchDriver driver(int port, String rpcDeadline);

  /**
   * Keeps the switch from being changed by the driver, until what is returned is run.
   *
   * @param port where the stranger finds the switch
   */
  protected abstract Runnable lockedByAStranger(int port) throws IOException;

  /** What the driver must say of that stranger. */
  protected abstract String stranger();

  /** The way to where the switch listens. */
  protected Line line(int to) throws IOException {
    return new BadLine(to);
  }

  /** Whether the switch takes back by itself what nobody confirms. */
  protected boolean undoesByItself() {
    return true;
  }

  /** Whether more of a port can be set by it than the VLANs. */
  protected boolean setsPorts() {
    return true;
  }

  /** Whether its protocol tells who is heard by LLDP. */
  protected boolean hears() {
    return true;
  }

  /** Whether its protocol has the switch tell by itself what others change. */
  protected boolean isToldOfChanges() {
    return false;
  }

  @BeforeEach
  void connect() throws IOException {
    begin(EnumSet.allOf(OptionalModel.class), policies());
  }

  private void begin(Set<OptionalModel> models, JsonNode config) throws IOException {
    SwitchDescription description =
        new SwitchDescription(
            NAME,
            List.of(
                Port.bare("Ethernet1"),
                Port.access("Ethernet2", 10),
                Port.trunk("Ethernet3"),
                new Port("Ethernet4", "", "TRUNK", 0, 7, List.of("20..29", "40")),
                new Port("Ethernet5", "by <hand> & \"key\"", "", 0, 0, List.of()),
                new Port(LAG, "", "TRUNK", 0, 0, List.of("30"), true)),
            io.patchbay.hwsim.netconf.Access.byPassword(USER, PASSWORD),
            Capability.WITH_CANDIDATE,
            false,
            models,
            config);
    tor = opened.push(SimulatedSwitch.start(description, switchTime));
    Files.writeString(folder.resolve("password"), PASSWORD + "\n");
    factory = tor.runningConfig();
    line = opened.push(line(serve()));
    driver = opened.push(driver(line.port(), "5s"));
  }

  @AfterEach
  void disconnect() {
    opened.close();
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  private Map<String, PortReading> apply(String port, PortConfig wanted) {
    return driver.apply(Map.of(port, wanted), PATIENCE);
  }

  private PortReading read(String port) {
    return driver.read(Set.of(port)).get(port);
  }

  private boolean isChanged() {
    return !tor.runningConfig().equals(factory);
  }

  private static void assertSilence(Failure failure) {
    assertTrue(
        failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT,
        failure::toString);
    assertTrue(failure.getMessage().contains("switch " + NAME), failure.getMessage());
  }

  // ---- what it does ----

  @ParameterizedTest
  @ValueSource(strings = {"Ethernet1", "Ethernet2", "Ethernet3", "Ethernet4"})
  void whatIsAppliedIsReadBackAndPutBackToTheByteAndNothingElseMoves(String port) {
    Map<String, PortReading> before = driver.read(ALL);
    apply(port, trunk(100, 200));
    Map<String, PortReading> after = driver.read(ALL);
    assertEquals(trunk(100, 200), after.remove(port).meaning());
    Raw former = before.remove(port).raw();
    assertEquals(before, after);
    PortConfig untaggedToo = new Trunk(trunk(100).vlans(), OptionalInt.of(7));
    apply(port, untaggedToo);
    assertEquals(untaggedToo, read(port).meaning());
    apply(port, trunk(100));
    assertEquals(trunk(100), read(port).meaning());
    apply(port, new Access(4094));
    assertEquals(new Access(4094), read(port).meaning());
    apply(port, former);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  /** Its VLANs are in another place than those of a port, and the switch has them only there. */
  @Test
  void aLagIsAPortAsOthersAre() {
    Map<String, PortReading> before = driver.read(Set.of(LAG, "Ethernet1"));
    assertEquals(trunk(30), before.get(LAG).meaning());
    driver.apply(Map.of(LAG, trunk(100, 200), "Ethernet1", trunk(100)), PATIENCE);
    assertEquals(trunk(100, 200), read(LAG).meaning());
    assertEquals(trunk(100), read("Ethernet1").meaning());
    driver.apply(
        Map.of(LAG, before.get(LAG).raw(), "Ethernet1", before.get("Ethernet1").raw()), PATIENCE);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void whatIsAppliedStays() {
    apply("Ethernet1", trunk(100));
    driver.close();
    switchTime.advance(Duration.ofHours(1));
    assertEquals(trunk(100), read("Ethernet1").meaning());
  }

  @Test
  void tellsWhatThePortsHadAndWritesNothingTwice() {
    PortReading before = read("Ethernet2");
    assertEquals(Map.of("Ethernet2", before), apply("Ethernet2", trunk(100)));
    assertEquals(Map.of(), apply("Ethernet2", trunk(100)));
  }

  @Test
  void tellsWhoIsHeardByTheNameOfTheirPort() {
    assertEquals(Set.of(), heard("Ethernet1"));
    Cable cable = opened.push(new Cable("cable"));
    tor.attach("Ethernet1", cable.switchEnd());
    MacAddress pf = MacAddress.parse("02:00:00:00:0A:05");
    Identity mac = new Identity(IdType.MAC_ADDRESS, "02:00:00:00:0a:05");
    Identity name = new Identity(IdType.INTERFACE_NAME, "ens1f0");
    cable.nicEnd().send(new LldpMessage(mac, mac, 120, "node-1", "").frame(pf));
    cable.nicEnd().send(new LldpMessage(mac, name, 120, "node-1", "").frame(pf));
    Await.until("both are heard", PATIENCE, () -> tor.neighbours("Ethernet1").size() == 2);
    assertEquals(hears() ? Set.of("02:00:00:00:0a:05") : Set.of(), heard("Ethernet1"));
    assertEquals(Set.of(), heard("Ethernet2"));
  }

  private Set<String> heard(String port) {
    return driver.neighbours().getOrDefault(port, Set.of());
  }

  /** A port without a cable has no link either; of one that is not there nothing can be told. */
  @Test
  void tellsWhichPortsHaveALink() {
    Set<String> ports = Set.of("Ethernet1", "Ethernet2", "Ethernet99");
    Cable cable = opened.push(new Cable("cable"));
    cable.nicEnd().power(true);
    tor.attach("Ethernet1", cable.switchEnd());
    assertEquals(Map.of("Ethernet1", true, "Ethernet2", false), driver.links(ports));
    cable.unplug();
    assertEquals(Map.of("Ethernet1", false, "Ethernet2", false), driver.links(ports));
    cable.plug();
    assertEquals(Map.of("Ethernet1", true), driver.links(Set.of("Ethernet1")));
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void whatIsRefusedChangesNothingAtAll() {
    read("Ethernet1");
    Map<String, PortConfig> wanted =
        Map.of("Ethernet1", trunk(100), "Ethernet2", new Raw("this is nothing"));
    Failure failure = assertThrows(Failure.class, () -> driver.apply(wanted, PATIENCE));
    assertFalse(
        Set.of(Failure.Kind.UNAVAILABLE, Failure.Kind.TIMEOUT).contains(failure.kind()),
        failure::toString);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  /** Whoever is told writes down what the port goes back to; the switch must not be ahead. */
  @Test
  void tellsWhatItOverwritesBeforeItDoes() {
    PortReading before = read("Ethernet2");
    Map<String, PortReading> told = new TreeMap<>();
    SwitchDriver watched = opened.push(driver(line.port(), "5s"));
    watched.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void overwrites(Map<String, PortReading> ports) {
            assertFalse(isChanged(), "it has been written already");
            told.putAll(ports);
          }
        });
    watched.apply(Map.of("Ethernet2", trunk(100)), PATIENCE);
    assertEquals(Map.of("Ethernet2", before), told);
  }

  /** A port is owned by that, also one that needs nothing written. */
  @Test
  void tellsWhatItFindsOnAllPortsBeforeItWritesToAny() {
    apply("Ethernet1", trunk(100));
    Map<String, PortReading> before = driver.read(Set.of("Ethernet1", "Ethernet2"));
    String running = tor.runningConfig();
    Map<String, PortReading> told = new TreeMap<>();
    SwitchDriver watched = opened.push(driver(line.port(), "5s"));
    watched.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void finds(Map<String, PortReading> ports) {
            assertEquals(running, tor.runningConfig());
            told.putAll(ports);
          }
        });
    watched.apply(Map.of("Ethernet1", trunk(100), "Ethernet2", trunk(200)), PATIENCE);
    assertEquals(before, told);
  }

  /** The disk refuses, for instance. */
  @Test
  void nothingIsWrittenWhereWhatWasFoundCannotBeTold() {
    SwitchDriver watched = opened.push(driver(line.port(), "5s"));
    watched.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void finds(Map<String, PortReading> ports) {
            throw new UncheckedIOException(new IOException("no space left"));
          }
        });
    assertThrows(
        UncheckedIOException.class, () -> watched.apply(Map.of("Ethernet2", trunk(100)), PATIENCE));
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  /** The disk refuses, for instance. */
  @Test
  void nothingIsWrittenThatCannotBeTold() {
    SwitchDriver watched = opened.push(driver(line.port(), "5s"));
    watched.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void overwrites(Map<String, PortReading> ports) {
            throw new UncheckedIOException(new IOException("no space left"));
          }
        });
    assertThrows(
        UncheckedIOException.class, () -> watched.apply(Map.of("Ethernet2", trunk(100)), PATIENCE));
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  // ---- between the two halves of a commit ----

  /** Does something when the driver is about to confirm, and counts. */
  private static final class Half implements SwitchDriver.Watcher {
    private final Runnable act;
    private int times;

    Half(Runnable act) {
      this.act = act;
    }

    @Override
    public void lost() {}

    @Override
    public void confirms(Duration most) {
      assertTrue(most.compareTo(Duration.ofSeconds(30)) < 0, "the switch waits for 30 s at most");
      times++;
      act.run();
    }
  }

  private SwitchDriver watchedBy(Half half) {
    SwitchDriver watched = opened.push(driver(line.port(), "5s"));
    watched.watch(half);
    return watched;
  }

  @Test
  void asksWhenTheChangeIsThereAndNotConfirmed() {
    Half half = new Half(() -> assertTrue(isChanged(), "not written yet"));
    watchedBy(half).apply(Map.of("Ethernet2", trunk(100)), PATIENCE);
    assertEquals(undoesByItself() ? 1 : 0, half.times);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(trunk(100), read("Ethernet2").meaning());
    Half late = new Half(() -> switchTime.advance(Duration.ofHours(1)));
    if (undoesByItself()) {
      SwitchDriver watched = watchedBy(late);
      assertThrows(Failure.class, () -> watched.apply(Map.of("Ethernet2", trunk(200)), PATIENCE));
      assertEquals(trunk(100), read("Ethernet2").meaning(), "taken back by the switch");
    }
  }

  @Test
  void undoesWhatMayNotBeConfirmed() {
    Half half =
        new Half(() -> {
          throw new Failure(Failure.Kind.CONFLICT, "not so", new Disagreement("the other one"));
        });
    SwitchDriver watched = watchedBy(half);
    Map<String, PortReading> before = watched.read(Set.of("Ethernet1", "Ethernet2"));
    Map<String, PortConfig> wanted = Map.of("Ethernet1", trunk(100), "Ethernet2", trunk(200));
    if (!undoesByItself()) {
      watched.apply(wanted, PATIENCE);
      assertEquals(0, half.times, "it cannot be undone any more");
      return;
    }
    Failure failure = assertThrows(Failure.class, () -> watched.apply(wanted, PATIENCE));
    assertEquals(Failure.Kind.CONFLICT, failure.kind(), failure::toString);
    assertTrue(Hindrance.isBehind(failure, Disagreement.class), failure::toString);
    assertEquals(1, half.times);
    assertEquals(factory, tor.runningConfig(), "by the driver, not by the switch's own clock");
    assertEquals(Map.of(), watched.apply(former(before), PATIENCE), "nothing is to be given back");
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  // ---- what others write ----

  private static final class Told implements SwitchDriver.Watcher {
    private final AtomicInteger times = new AtomicInteger();

    @Override
    public void lost() {}

    @Override
    public void portsChanged() {
      times.incrementAndGet();
    }
  }

  private SwitchDriver byHand() {
    return opened.push(driver(line.port(), "5s"));
  }

  /** What comes first is told first: of what is not to be told nothing has been, then. */
  @Test
  void whoWritesAPortByHandIsToldOfOnceAndNotTheDriverNorWhoWritesOthers() {
    Told told = new Told();
    driver.watch(told);
    Map<String, PortConfig> ours = Map.of("Ethernet2", trunk(100), LAG, trunk(100));
    driver.apply(ours, PATIENCE);
    driver.apply(ours, PATIENCE);
    apply("Ethernet2", trunk(100, 200));
    apply("Ethernet2", trunk(200));
    SwitchDriver stranger = byHand();
    stranger.apply(Map.of("Ethernet3", new Access(77)), PATIENCE);
    for (String port : List.of("Ethernet2", LAG)) {
      stranger.apply(Map.of(port, new Access(77)), PATIENCE);
      if (isToldOfChanges()) {
        int times = port.equals(LAG) ? 2 : 1;
        Await.until("it is told", PATIENCE, () -> told.times.get() >= times);
        assertEquals(times, told.times.get());
      }
    }
    assertEquals(isToldOfChanges() ? 2 : 0, told.times.get());
  }

  @Test
  void whatIsWrittenByHandIsPutRightWithoutAnAuditWhereTheSwitchTells() {
    WithoutAudit writer = opened.push(new WithoutAudit(driver, folder));
    writer.take("Ethernet2", 100);
    SwitchDriver stranger = byHand();
    stranger.apply(Map.of("Ethernet2", new Access(77)), PATIENCE);
    if (isToldOfChanges()) {
      Await.until("it is put right", PATIENCE, () -> writer.putRight() > 0);
      assertEquals(trunk(100), stranger.read(Set.of("Ethernet2")).get("Ethernet2").meaning());
    }
  }

  // ---- what of a port is not VLANs ----

  private static final String MTU = new PortItem("Ethernet2", Aspect.MTU).key();
  private static final String DESCRIPTION = new PortItem("Ethernet2", Aspect.DESCRIPTION).key();
  private static final String DESCRIBED = new PortItem("Ethernet5", Aspect.DESCRIPTION).key();

  private static Map<String, PortConfig> whole() {
    return Map.of(
        "Ethernet2",
        trunk(100),
        MTU,
        new Leaf("9000"),
        DESCRIPTION,
        new Leaf("for <a> & \"b\""),
        DESCRIBED,
        new Leaf("ours"));
  }

  /** Where the protocol sets nothing but VLANs it says what to leave out. */
  private boolean isRefused() {
    if (setsPorts()) {
      return false;
    }
    Failure failure = assertThrows(Failure.class, () -> apply("Ethernet2", new Leaf("9000")));
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("port.mtu"), failure.getMessage());
    assertEquals(factory, tor.runningConfig());
    return true;
  }

  private static Map<String, PortConfig> former(Map<String, PortReading> before) {
    Map<String, PortConfig> former = new TreeMap<>();
    before.forEach((key, reading) -> former.put(key, reading.raw()));
    return former;
  }

  @Test
  void leavesAreSetWithTheVlansReadBackAndGivenBackToTheByteOrAsAbsent() {
    if (isRefused()) {
      return;
    }
    Map<String, PortReading> others = driver.read(ALL);
    Map<String, PortReading> before = driver.read(whole().keySet());
    assertEquals(new Leaf("by <hand> & \"key\""), before.get(DESCRIBED).meaning());
    assertEquals(before, driver.apply(whole(), PATIENCE));
    Map<String, PortReading> now = driver.read(whole().keySet());
    whole().forEach((key, wanted) -> assertEquals(wanted, now.get(key).meaning()));
    others.remove("Ethernet2");
    assertEquals(others, driver.read(others.keySet()));
    assertEquals(Map.of(), driver.apply(whole(), PATIENCE), "nothing is written twice");
    driver.apply(former(before), PATIENCE);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  /** Another service on the port may yet need the others. */
  @Test
  void oneLeafIsChangedAndGivenBackWithoutTheOthers() {
    if (isRefused()) {
      return;
    }
    Raw before = read(MTU).raw();
    driver.apply(whole(), PATIENCE);
    apply(MTU, new Leaf("1500"));
    assertEquals(new Leaf("1500"), read(MTU).meaning());
    apply(MTU, before);
    assertEquals(before, read(MTU).raw());
    Map<String, PortConfig> left = new TreeMap<>(whole());
    left.remove(MTU);
    left.forEach((key, wanted) -> assertEquals(wanted, read(key).meaning()));
  }

  @Test
  void aLeafThatTheSwitchRefusesKeepsTheVlansFromBeingSet() {
    if (isRefused()) {
      return;
    }
    Map<String, PortConfig> wanted = new TreeMap<>(whole());
    wanted.put(MTU, new Leaf("60000"));
    Failure failure = assertThrows(Failure.class, () -> driver.apply(wanted, PATIENCE));
    assertEquals(Failure.Kind.INVALID, failure.kind(), failure::toString);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  // ---- what is bound ----

  /**
   * What the network team has on it. Ethernet2 has two ACLs bound at once, Ethernet4 has entries
   * with nothing in them, the others have none.
   */
  private static JsonNode policies() {
    return Json.parseYaml(
        "policies",
        """
        openconfig-acl:acl:
          acl-sets:
            acl-set:
              - {name: web, type: ACL_IPV4, config: {name: web, type: ACL_IPV4}}
              - {name: mail, type: ACL_IPV4, config: {name: mail, type: ACL_IPV4}}
              - {name: web, type: ACL_L2, config: {name: web, type: ACL_L2}}
          interfaces:
            interface:
              - id: Ethernet2
                config: {id: Ethernet2}
                ingress-acl-sets:
                  ingress-acl-set:
                    - {set-name: mail, type: ACL_IPV4, config: {set-name: mail, type: ACL_IPV4}}
                    - {set-name: web, type: ACL_L2, config: {set-name: web, type: ACL_L2}}
                egress-acl-sets:
                  egress-acl-set:
                    - {set-name: mail, type: ACL_IPV4, config: {set-name: mail, type: ACL_IPV4}}
              - id: Ethernet4
                config: {id: Ethernet4}
                interface-ref: {config: {interface: Ethernet4}}
        openconfig-qos:qos:
          scheduler-policies:
            scheduler-policy:
              - {name: gold, config: {name: gold}}
              - {name: silver, config: {name: silver}}
          interfaces:
            interface:
              - interface-id: Ethernet2
                config: {interface-id: Ethernet2}
                input: {scheduler-policy: {config: {name: silver}}}
              - interface-id: Ethernet4
                config: {interface-id: Ethernet4}
        """,
        JsonNode.class);
  }

  private static Map<String, PortConfig> bound(String port) {
    return Map.of(
        port,
        trunk(100),
        port + " [acl in]",
        new AclSet("web", "ACL_IPV4"),
        port + " [acl out]",
        new AclSet("web", "ACL_L2"),
        port + " [qos in]",
        new Leaf("gold"),
        port + " [qos out]",
        new Leaf("silver"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ethernet2", "Ethernet3", "Ethernet4", "Ethernet5"})
  void whatIsBoundIsReadBackAndGivenBackToTheByteWithItsEntries(String port) {
    if (isRefused()) {
      return;
    }
    Map<String, PortConfig> wanted = bound(port);
    Map<String, PortReading> before = driver.read(wanted.keySet());
    assertEquals(before, driver.apply(wanted, PATIENCE));
    Map<String, PortReading> now = driver.read(wanted.keySet());
    wanted.forEach((key, config) -> assertEquals(config, now.get(key).meaning()));
    assertEquals(Map.of(), driver.apply(wanted, PATIENCE), "nothing is written twice");
    driver.apply(former(before), PATIENCE);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  /** One is left by its last service before the other; an entry stays as long as it is needed. */
  @ParameterizedTest
  @ValueSource(strings = {"acl", "qos"})
  void oneDirectionIsGivenBackWithoutTheOtherAndTheEntryGoesWithTheLast(String kind) {
    if (isRefused()) {
      return;
    }
    String in = "Ethernet3 [" + kind + " in]";
    String out = "Ethernet3 [" + kind + " out]";
    Map<String, PortConfig> both = new TreeMap<>(bound("Ethernet3"));
    both.keySet().retainAll(Set.of(in, out));
    Map<String, PortReading> before = driver.read(both.keySet());
    assertEquals(PortEntry.NONE, before.get(in).raw());
    driver.apply(both, PATIENCE);
    apply(in, PortEntry.NONE);
    assertEquals(both.get(out), read(out).meaning());
    assertEquals(PortEntry.EMPTY, read(in).raw());
    apply(out, PortEntry.NONE);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ethernet2 [acl in]", "Ethernet3 [acl out]", "Ethernet4 [qos in]"})
  void whatIsNotThereCannotBeBoundAndLeavesAllAsItWas(String key) {
    if (isRefused()) {
      return;
    }
    PortConfig nowhere =
        key.contains("acl") ? new AclSet("nowhere", "ACL_IPV4") : new Leaf("nowhere");
    Map<String, PortConfig> wanted = Map.of(key, nowhere, PortItem.of(key).port(), trunk(100));
    Failure failure = assertThrows(Failure.class, () -> driver.apply(wanted, PATIENCE));
    assertTrue(Repair.blamesOne(failure), failure::toString);
    assertTrue(failure.getMessage().contains("nowhere"), failure.getMessage());
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
  }

  /** What it has not been asked of it is not asked for. */
  @ParameterizedTest
  @ValueSource(strings = {"Ethernet2 [acl in]", "Ethernet2 [qos out]"})
  void aSwitchWithoutTheModelsRefusesInItsWordsAndDoesTheRest(String key) throws IOException {
    if (isRefused()) {
      return;
    }
    begin(Set.of(), JsonNodeFactory.instance.objectNode());
    Map<String, PortConfig> wanted = new TreeMap<>(bound("Ethernet2"));
    wanted.keySet().retainAll(Set.of("Ethernet2", key));
    Failure failure = assertThrows(Failure.class, () -> driver.apply(wanted, PATIENCE));
    assertTrue(Repair.blamesOne(failure), failure::toString);
    assertTrue(
        failure.getMessage().contains(key.contains("acl") ? "acl" : "qos"), failure::toString);
    switchTime.advance(Duration.ofHours(1));
    assertEquals(factory, tor.runningConfig());
    apply("Ethernet2", trunk(100));
    assertEquals(trunk(100), read("Ethernet2").meaning());
  }

  // ---- what goes wrong ----

  /** The change is made, and the word that says so, or one after it, never arrives. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void aLostReplyIsSettledBeforeAnybodyIsTold(int answer) {
    PortReading before = read("Ethernet2");
    AtomicInteger answers = new AtomicInteger();
    line.cutOnce(() -> isChanged() && answers.incrementAndGet() == answer);
    assertEquals(Map.of("Ethernet2", before), apply("Ethernet2", trunk(100)));
    switchTime.advance(Duration.ofHours(1));
    assertEquals(trunk(100), read("Ethernet2").meaning());
  }

  /** It may be there and it may not: that is no refusal. */
  @Test
  void aLostReplyThatCannotBeSettledIsAmbiguous() {
    read("Ethernet2");
    line.dieOnce(this::isChanged);
    assertSilence(assertThrows(Failure.class, () -> apply("Ethernet2", trunk(100))));
  }

  @Test
  void whoDiesBetweenTheTwoHalvesHasItPutRightByTheNext() throws IOException {
    Raw before = read("Ethernet2").raw();
    line.dieOnce(this::isChanged);
    assertThrows(Failure.class, () -> apply("Ethernet2", trunk(100)));
    assertNotEquals(factory, tor.runningConfig());
    Line next = opened.push(line(serve()));
    SwitchDriver successor = opened.push(driver(next.port(), "5s"));
    successor.apply(Map.of("Ethernet1", trunk(200), "Ethernet2", before), PATIENCE);
    switchTime.advance(Duration.ofHours(1));
    Map<String, PortReading> now = successor.read(Set.of("Ethernet1", "Ethernet2"));
    assertEquals(trunk(200), now.get("Ethernet1").meaning());
    assertEquals(before, now.get("Ethernet2").raw());
  }

  @Test
  void whatNobodyConfirmsIsTakenBackWhereTheSwitchCan() {
    read("Ethernet2");
    line.dieOnce(this::isChanged);
    assertThrows(Failure.class, () -> apply("Ethernet2", trunk(100)));
    switchTime.advance(Duration.ofHours(1));
    assertEquals(undoesByItself(), !isChanged());
  }

  @Test
  void aSwitchThatSaysNothingIsGivenUpInTime() {
    SwitchDriver impatient = opened.push(driver(line.port(), "2s"));
    impatient.read(ALL);
    line.silent();
    assertSilence(assertThrows(Failure.class, () -> impatient.read(ALL)));
    assertSilence(
        assertThrows(
            Failure.class, () -> impatient.apply(Map.of("Ethernet1", trunk(100)), PATIENCE)));
  }

  @Test
  void aStrangersLockIsReportedAndWaitedForNoLongerThanTold() throws IOException {
    Runnable release = lockedByAStranger(line.port());
    Failure failure =
        assertThrows(
            Failure.class,
            () -> driver.apply(Map.of("Ethernet2", trunk(100)), Duration.ofMillis(200)));
    assertSilence(failure);
    assertTrue(LockHeld.isBehind(failure), failure::toString);
    assertTrue(failure.getMessage().contains(stranger()), failure.getMessage());
    assertEquals(new Access(10), read("Ethernet2").meaning());
    release.run();
    apply("Ethernet2", trunk(100));
    assertEquals(trunk(100), read("Ethernet2").meaning());
  }

  // ---- who may speak ----

  /** Lets a driver say so many words to its switch. */
  private final class Gag implements SwitchDriver.Watcher {
    private int left;
    private String then = "";

    Gag(int words) {
      left = words;
    }

    @Override
    public void lost() {}

    @Override
    public void speaks() {
      if (left > 0) {
        left--;
        return;
      }
      then = then.isEmpty() ? tor.runningConfig() : then;
      throw new Failure(Failure.Kind.UNAVAILABLE, "not the writer any more");
    }
  }

  /** Wherever it is in a change; then it is the next one's to put right, under the same name. */
  @Test
  void whoMayNotSpeakAnyMoreSaysNothing() {
    PortReading before = read("Ethernet2");
    driver.close();
    int words = 0;
    for (boolean whole = false; !whole; words++) {
      Gag gag = new Gag(words);
      try (SwitchDriver gagged = driver(line.port(), "5s")) {
        gagged.watch(gag);
        gagged.apply(Map.of("Ethernet2", trunk(100)), PATIENCE);
        whole = true;
      } catch (Failure e) {
        assertTrue(e.getMessage().contains("not the writer any more"), e.getMessage());
        assertEquals(gag.then, tor.runningConfig(), "after " + words + " words");
      }
      try (SwitchDriver successor = driver(line.port(), "5s")) {
        successor.apply(Map.of("Ethernet2", before.raw()), PATIENCE);
        switchTime.advance(Duration.ofHours(1));
        assertEquals(before, successor.read(Set.of("Ethernet2")).get("Ethernet2"));
      }
    }
    assertTrue(words > 3, "no change takes but " + words);
  }

  // ---- how it comes and goes ----

  @Test
  void aSwitchThatIsAwayIsNamed() {
    line.close();
    assertSilence(assertThrows(Failure.class, () -> read("Ethernet1")));
  }

  @Test
  void whoIsNotLetInIsDeniedAndTellsNoSecret() throws IOException {
    Files.writeString(folder.resolve("password"), "geheimnis\n");
    Failure failure = assertThrows(Failure.class, () -> read("Ethernet1"));
    assertEquals(Failure.Kind.DENIED, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("switch " + NAME), failure.getMessage());
    assertFalse(failure.getMessage().contains("geheimnis"), failure.getMessage());
    Files.writeString(folder.resolve("password"), PASSWORD);
    assertEquals(new Access(10), read("Ethernet2").meaning());
  }

  @Test
  void aConnectionThatEndsIsToldAndMadeAnew() {
    AtomicInteger lost = new AtomicInteger();
    SwitchDriver watched = opened.push(driver(line.port(), "5s"));
    watched.watch(lost::incrementAndGet);
    watched.read(ALL);
    line.cutOnce(this::isChanged);
    watched.apply(Map.of("Ethernet1", trunk(100)), PATIENCE);
    Await.until("the watcher knows", PATIENCE, () -> lost.get() > 0);
    assertEquals(trunk(100), watched.read(Set.of("Ethernet1")).get("Ethernet1").meaning());
  }

  @Test
  void hasOneConnectionAndClosingLeavesNone() {
    apply("Ethernet1", trunk(100));
    assertEquals(1, line.connections());
    driver.close();
    Await.until("no connection is left", PATIENCE, () -> line.connections() == 0);
  }
}
