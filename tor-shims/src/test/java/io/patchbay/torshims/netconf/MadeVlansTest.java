package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Xml;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanEdit;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The VLANs of a switch that forwards only those it has been told of. */
class MadeVlansTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final VlanNames NAMES = new VlanNames(vlan -> Optional.of("service-" + vlan));

  private static final String BAD =
      "<switched-vlan xmlns=\"%s\"><config><interface-mode>ACCESS</interface-mode><access-vlan>5000</access-vlan></config></switched-vlan>"
          .formatted(OpenConfigPort.VLAN);

  @TempDir private Path folder;

  private final Stack opened = new Stack();
  private final SshDoor door = opened.push(new SshDoor());
  private Target target;
  private NetconfSession observer;
  private String factory;
  private NetconfSwitch driver;

  private void start(boolean candidate) throws IOException {
    target = opened.push(open(folder, candidate));
    observer = opened.push(session());
    configure(observer);
    factory = running();
    UndoLog undo = new UndoLog(opened.push(Journal.open(folder.resolve("undo"))), "tor-1");
    SwitchEntry plain = target.entry("10s", "30s");
    SwitchEntry entry =
        new SwitchEntry(
            plain.name(),
            plain.address(),
            plain.login(),
            null,
            null,
            null,
            "default",
            plain.deadlines());
    driver = opened.push(new NetconfSwitch(entry, door, "p", undo, NAMES, Time.system()));
  }

  /** Starts the switch, with its files in a folder that is empty. */
  Target open(Path home, boolean candidate) {
    return new SimulatedTarget(
        home,
        candidate
            ? Capability.WITH_CANDIDATE
            : Set.of(Capability.WRITABLE_RUNNING, Capability.VALIDATE));
  }

  /** Gives it its ports and its network instance, where it has none. */
  void configure(NetconfSession session) {
    target.configure(session);
  }

  private NetconfSession session() {
    return new NetconfSession(
        "operator", door.open(target.entry("10s", "30s")), Time.system(), PATIENCE);
  }

  /** All of the running configuration, without containers that hold nothing. */
  private String running() {
    Reply reply = observer.call("<get-config><source><running/></source></get-config>");
    assertTrue(reply.done(), reply::toString);
    return XmlText.write(Xml.child(reply.body(), Operations.BASE, "data").orElseThrow())
        .replaceAll("<(ethernet|interfaces|vlans)[^>]*/>", "")
        .replaceAll("<data [^>]*>", "<data>");
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private void apply(String port, PortConfig wanted) {
    var unused = driver.apply(Map.of(port, wanted), PATIENCE);
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  private boolean has(int vlan, String name) {
    return running().contains("<vlan-id>%d</vlan-id><name>%s</name>".formatted(vlan, name));
  }

  /** An operator's hand. */
  static void edit(NetconfSession operator, String config) {
    boolean candidate = operator.capabilities().candidate();
    Reply edited =
        operator.call(candidate ? Operations.edit(config) : Operations.editRunning(config, false));
    assertTrue(edited.done(), edited::toString);
    if (candidate) {
      Reply committed = operator.call(Operations.COMMIT);
      assertTrue(committed.done(), committed::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isMadeWithThePortAndTakenAwayWhenNobodyNeedsIt(boolean candidate) throws IOException {
    start(candidate);
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    apply("Ethernet2", trunk(100, 200));
    assertTrue(has(100, "patchbay-service-100"), running());
    assertTrue(has(200, "patchbay-service-200"), running());
    assertEquals(
        Map.of(100, "patchbay-service-100", 200, "patchbay-service-200"),
        driver.madeVlans(Set.of(10, 100, 200)));
    apply("Ethernet2", trunk(100));
    driver.removeVlans(Set.of(200));
    assertFalse(has(200, "patchbay-service-200"), running());
    apply("Ethernet2", former);
    driver.removeVlans(Set.of(100, 200));
    assertEquals(factory, running());
  }

  /** So many that a switch is asked for all that it has. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void onlyWhatIsAskedForIsTakenAway(boolean candidate) throws IOException {
    start(candidate);
    apply("Ethernet1", trunk(100, 200));
    Set<Integer> pool = new TreeSet<>();
    for (int vlan = 101; vlan <= 200; vlan++) {
      pool.add(vlan);
    }
    assertEquals(Map.of(200, "patchbay-service-200"), driver.madeVlans(pool));
    apply("Ethernet1", trunk(100));
    driver.removeVlans(pool);
    assertEquals(Map.of(100, "patchbay-service-100"), driver.madeVlans(Set.of(100, 200)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyElseMadeIsAsGoodAndIsLeftAlone(boolean candidate) throws IOException {
    start(candidate);
    edit(observer, OpenConfigVlans.edit("default", VlanEdit.making(Map.of(100, "storage"))));
    String before = running();
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    apply("Ethernet2", trunk(100));
    assertTrue(has(100, "storage"), running());
    assertEquals(Map.of(), driver.madeVlans(Set.of(100)));
    apply("Ethernet2", former);
    driver.removeVlans(Set.of(100));
    assertEquals(before, running());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyElseHasSuspendedIsARefusalThatChangesNothing(boolean candidate)
      throws IOException {
    start(candidate);
    edit(
        observer,
        OpenConfigVlans.edit("default", VlanEdit.making(Map.of(100, "storage")))
            .replace("ACTIVE", "SUSPENDED"));
    String before = running();
    Failure failure = assertThrows(Failure.class, () -> apply("Ethernet2", trunk(100)));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(failure.getMessage().contains("VLAN 100"), failure.getMessage());
    assertTrue(failure.getMessage().contains("storage"), failure.getMessage());
    assertEquals(before, running());
  }

  /** Such as taking what another connection had off the port. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aVlanThatSomebodySuspendsLaterKeepsNothingElseFromBeingChanged(boolean candidate)
      throws IOException {
    start(candidate);
    edit(observer, OpenConfigVlans.edit("default", VlanEdit.making(Map.of(101, "storage"))));
    apply("Ethernet1", trunk(100, 101));
    edit(
        observer,
        OpenConfigVlans.edit("default", VlanEdit.making(Map.of(101, "storage")))
            .replace("ACTIVE", "SUSPENDED"));
    apply("Ethernet1", trunk(101));
    assertEquals(trunk(101), driver.read(Set.of("Ethernet1")).get("Ethernet1").meaning());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRehearsalTellsWhatTheSwitchWouldTakeAndChangesNothing(boolean candidate)
      throws IOException {
    start(candidate);
    driver.rehearse(Map.of("Ethernet1", trunk(100), "Ethernet2", trunk(100)), PATIENCE);
    assertEquals(factory, running());
    apply("Ethernet1", trunk(200));
    assertFalse(running().contains(">100<"), "of the rehearsal");
    edit(
        observer,
        OpenConfigVlans.edit("default", VlanEdit.making(Map.of(100, "storage")))
            .replace("ACTIVE", "SUSPENDED"));
    String before = running();
    Map<String, PortConfig> wanted = Map.of("Ethernet1", trunk(100, 200));
    Failure failure = assertThrows(Failure.class, () -> driver.rehearse(wanted, PATIENCE));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    Map<String, PortConfig> sick = Map.of("Ethernet1", new Raw(BAD));
    Failure refused = assertThrows(Failure.class, () -> driver.rehearse(sick, PATIENCE));
    assertEquals(Failure.Kind.INVALID, refused.kind(), refused.getMessage());
    assertEquals(before, running());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyTookAwayOrChangedIsMadeAgain(boolean candidate) throws IOException {
    start(candidate);
    apply("Ethernet1", trunk(100, 200));
    String made = running();
    edit(observer, OpenConfigVlans.edit("default", VlanEdit.removing(Set.of(100))));
    apply("Ethernet1", trunk(100, 200));
    assertEquals(made, running());
    edit(
        observer,
        OpenConfigVlans.edit("default", VlanEdit.making(Map.of(200, "patchbay-x")))
            .replace("ACTIVE", "SUSPENDED"));
    apply("Ethernet1", trunk(100, 200));
    assertEquals(made, running());
  }
}
