package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Xml;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.PortItem.Aspect;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.VlanNames;
import io.patchbay.torshims.WithoutAudit;
import java.nio.file.Path;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the driver does with every kind of NETCONF server, over real SSH. The switch has five ports:
 * Ethernet1 and 5 without VLANs, Ethernet2 access VLAN 10, Ethernet3 a trunk of all VLANs,
 * Ethernet4 a trunk of 20..29 and 40 with native VLAN 7.
 */
@Timeout(120)
abstract class NetconfSuite {
  static final Duration PATIENCE = Duration.ofSeconds(30);
  static final String PERSIST = "shim-1/tor-1";
  private static final String ASKS_FOR_EVENTS = "<create-subscription";

  @TempDir Path folder;
  final Stack opened = new Stack();
  final SshDoor door = opened.push(new SshDoor());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  Target target;
  RecordingDial dial;
  UndoLog undo;
  NetconfSession observer;
  NetconfSwitch driver;
  String factory;

  /** Starts the switch, with its files in a folder that is empty. */
  abstract Target open(Path home);

  /** What is asked, in order, from the first word to the end of the first change. */
  abstract List<String> order();

  /** Whether it tells by itself of what others change. */
  boolean tells() {
    return false;
  }

  @BeforeEach
  void start() {
    target = opened.push(open(folder));
    observer = stranger();
    target.configure(observer);
    undo = new UndoLog(opened.push(Journal.open(folder.resolve("undo"))), "tor-1");
    factory = running();
    dial = new RecordingDial(() -> door.open(target.entry("10s", "30s")));
    driver = driver(dial, "10s", "30s");
  }

  @AfterEach
  void stop() {
    opened.close();
    threads.close();
  }

  NetconfSwitch driver(RecordingDial dial, String rpc, String confirm) {
    return opened.push(
        new NetconfSwitch(
            target.entry(rpc, confirm), dial, PERSIST, undo, VlanNames.NUMBERS, Time.system()));
  }

  /** Somebody else on the same switch. */
  NetconfSession stranger() {
    return opened.push(
        new NetconfSession(
            "stranger", door.open(target.entry("10s", "30s")), Time.system(), PATIENCE));
  }

  /** All of the running configuration, without containers that hold nothing. */
  String running() {
    Reply reply = observer.call("<get-config><source><running/></source></get-config>");
    assertTrue(reply.done(), reply::toString);
    String text = XmlText.write(Xml.child(reply.body(), Operations.BASE, "data").orElseThrow());
    String lean = text.replaceAll("<(ethernet|interfaces)[^>]*/>", "");
    lean = lean.replaceAll("<(acl|qos)[^>]*(/>|></\\1>)", "");
    return lean.replaceAll("<data [^>]*>", "<data>");
  }

  /** Has another session merge this into the running configuration. */
  static void configure(NetconfSession session, String interfaces) {
    merge(
        session,
        "<interfaces xmlns=\"" + OpenConfigPort.INTERFACES + "\">" + interfaces + "</interfaces>");
  }

  private static void merge(NetconfSession session, String config) {
    boolean candidate = session.capabilities().candidate();
    Reply edited =
        session.call(candidate ? Operations.edit(config) : Operations.editRunning(config, true));
    assertTrue(edited.done(), edited::toString);
    if (candidate) {
      Reply committed = session.call(Operations.COMMIT);
      assertTrue(committed.done(), committed::toString);
    }
  }

  static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  void apply(String port, PortConfig wanted) {
    driver.apply(Map.of(port, wanted), PATIENCE);
  }

  PortReading read(String port) {
    return read(driver, port);
  }

  static PortReading read(NetconfSwitch from, String port) {
    return from.read(Set.of(port)).get(port);
  }

  private String lock() {
    return observer.capabilities().candidate() ? Operations.LOCK : Operations.LOCK_RUNNING;
  }

  /** Time in which the switch would undo what was not confirmed; nothing of that kind is left. */
  private void assertNothingPends() {
    target.pass(Duration.ofMinutes(10));
    assertFalse(observer.call(Operations.cancel(PERSIST)).done(), "a commit was left");
    assertTrue(undo.kept().isEmpty(), () -> "left to undo: " + undo.kept());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ethernet1", "Ethernet2", "Ethernet3", "Ethernet4"})
  void anyPortIsProgrammedAndPutBackToTheByte(String port) {
    Raw before = read(port).raw();
    apply(port, trunk(100));
    assertEquals(trunk(100), read(port).meaning());
    assertNotEquals(factory, running());
    apply(port, trunk(100, 200, 201, 202));
    PortConfig untaggedToo = new Trunk(trunk(200).vlans(), OptionalInt.of(7));
    apply(port, untaggedToo);
    assertEquals(untaggedToo, read(port).meaning());
    apply(port, trunk(200));
    assertEquals(trunk(200), read(port).meaning());
    apply(port, new Access(4094));
    assertEquals(new Access(4094), read(port).meaning());
    apply(port, before);
    assertEquals(factory, running());
  }

  @Test
  void aPortThatTheSwitchHasNoConfigurationForIsMadeAndRemoved() {
    configure(observer, "<interface nc:operation=\"delete\"><name>Ethernet5</name></interface>");
    String without = running();
    Raw before = read("Ethernet5").raw();
    apply("Ethernet5", trunk(100));
    assertEquals(trunk(100), read("Ethernet5").meaning());
    apply("Ethernet5", before);
    assertEquals(without, running());
  }

  private static Map<String, PortConfig> whole(String port) {
    Map<String, PortConfig> whole = new LinkedHashMap<>();
    whole.put(port, trunk(100));
    whole.put(new PortItem(port, Aspect.MTU).key(), new Leaf("9000"));
    whole.put(new PortItem(port, Aspect.DESCRIPTION).key(), new Leaf("for <a> & \"b\""));
    return whole;
  }

  /** Of a leaf that was there, one that was not, and a port that was not there at all. */
  @ParameterizedTest
  @ValueSource(strings = {"Ethernet1", "Ethernet2", "Ethernet4", "Ethernet5"})
  void leavesAreSetWithTheVlansInOneChangeAndPutBackToTheByte(String port) {
    configure(observer, "<interface nc:operation=\"delete\"><name>Ethernet5</name></interface>");
    configure(
        observer, "<interface><name>Ethernet2</name><config><mtu>1400</mtu></config></interface>");
    apply("Ethernet3", trunk(100)); // a first change may teach the driver something
    String without = running();
    dial.said.clear();
    Map<String, PortConfig> former = new LinkedHashMap<>();
    driver.apply(whole(port), PATIENCE).forEach((key, reading) -> former.put(key, reading.raw()));
    assertEquals(1, dial.count("<edit-config>"));
    assertEquals(whole(port).keySet(), former.keySet());
    driver
        .read(former.keySet())
        .forEach((key, reading) -> assertEquals(whole(port).get(key), reading.meaning(), key));
    driver.apply(former, PATIENCE);
    assertEquals(without, running());
  }

  private static Map<String, PortConfig> bound(String port) {
    Map<String, PortConfig> bound = new LinkedHashMap<>();
    bound.put(port, trunk(100));
    bound.put(new PortItem(port, Aspect.ACL_IN).key(), new AclSet("web", "ACL_IPV4"));
    bound.put(new PortItem(port, Aspect.ACL_OUT).key(), new AclSet("mail", "ACL_L2"));
    bound.put(new PortItem(port, Aspect.QOS_IN).key(), new Leaf("gold"));
    bound.put(new PortItem(port, Aspect.QOS_OUT).key(), new Leaf("silver"));
    return bound;
  }

  /** Of a port that has entries, with two ACLs, and of one that has none. */
  @ParameterizedTest
  @ValueSource(strings = {"Ethernet1", "Ethernet2"})
  void whatIsBoundGoesDirectionByDirectionAndTheEntriesWithTheLast(String port) {
    String set = "<ingress-acl-set>%1$s<config>%1$s</config></ingress-acl-set>";
    merge(
        observer,
        "<acl xmlns=\"http://openconfig.net/yang/acl\""
            + " xmlns:oc-acl=\"http://openconfig.net/yang/acl\"><interfaces><interface><id>Ethernet2</id><config><id>Ethernet2</id></config><ingress-acl-sets>"
            + set.formatted("<set-name>web</set-name><type>oc-acl:ACL_IPV4</type>")
            + set.formatted("<set-name>mail</set-name><type>oc-acl:ACL_L2</type>")
            + "</ingress-acl-sets></interface></interfaces></acl>");
    apply("Ethernet3", trunk(100)); // a first change may teach the driver something
    String without = running();
    dial.said.clear();
    Map<String, PortConfig> former = new LinkedHashMap<>();
    driver.apply(bound(port), PATIENCE).forEach((key, reading) -> former.put(key, reading.raw()));
    assertEquals(1, dial.count("<edit-config>"));
    assertEquals(bound(port).keySet(), former.keySet());
    driver
        .read(former.keySet())
        .forEach((key, reading) -> assertEquals(bound(port).get(key), reading.meaning(), key));
    for (Aspect aspect : Set.of(Aspect.ACL_IN, Aspect.QOS_OUT)) {
      PortItem item = new PortItem(port, aspect);
      String twin = item.twin().orElseThrow().key();
      apply(item.key(), former.remove(item.key()));
      assertEquals(bound(port).get(twin), read(twin).meaning());
    }
    driver.apply(former, PATIENCE);
    assertEquals(without, running());
  }

  @Test
  void whatOthersHaveWrittenOnAnInterfaceThatWasNotThereStays() {
    configure(observer, "<interface nc:operation=\"delete\"><name>Ethernet5</name></interface>");
    Raw before = read("Ethernet5").raw();
    apply("Ethernet5", trunk(100));
    configure(
        observer,
        "<interface><name>Ethernet5</name><config><description>rack 7</description></config>"
            + "</interface>");
    apply("Ethernet5", before);
    assertTrue(running().contains("<description>rack 7</description>"), running());
    assertEquals("no switched-vlan", read("Ethernet5").raw().text());
    apply("Ethernet5", before);
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
  void manyPortsAreOneChange() {
    apply("Ethernet5", trunk(100)); // a first change may teach the driver something
    dial.said.clear();
    Map<String, PortConfig> wanted = new LinkedHashMap<>();
    for (int i = 1; i <= 5; i++) {
      wanted.put("Ethernet" + i, trunk(100 + i));
    }
    Map<String, PortReading> before = driver.apply(wanted, PATIENCE);
    assertEquals(1, dial.count("<edit-config>"));
    assertEquals(new Access(10), before.get("Ethernet2").meaning());
    assertEquals(trunk(104), read("Ethernet4").meaning());
  }

  @Test
  void whatIsAlreadySoCostsNoChangeAndNoLock() {
    apply("Ethernet1", trunk(100));
    dial.said.clear();
    apply("Ethernet1", trunk(100));
    assertEquals(List.of("get-config"), asked());
  }

  @Test
  void asksInTheRightOrder() {
    apply("Ethernet1", trunk(100));
    assertEquals(order(), asked());
  }

  /** On the session that there is, behind what may not wait; and it costs nothing else. */
  @Test
  void asksToBeToldOfChangesOnceWhereTheSwitchCanTellBesides() {
    apply("Ethernet1", trunk(100));
    apply("Ethernet1", trunk(200));
    assertEquals(tells(), observer.capabilities().notifiesBesides());
    assertEquals(tells() ? 1 : 0, dial.count(ASKS_FOR_EVENTS));
    if (tells()) {
      int behind = order().getFirst().equals("cancel-commit") ? 1 : 0;
      assertTrue(dial.said.get(behind).startsWith(ASKS_FOR_EVENTS), dial.said::toString);
    }
  }

  private static String onVlan(String port, int vlan) {
    return "<interface><name>%s</name>%s</interface>"
        .formatted(
            port,
            Netconfd.vlans("ACCESS", "<access-vlan>" + vlan + "</access-vlan>")
                .replace(
                    "<config>",
                    "<config xmlns:nc=\"%s\" nc:operation=\"replace\">"
                        .formatted(Operations.BASE)));
  }

  /** Nobody would look for hours. */
  @Test
  void whatAnotherSessionWritesIsPutRightWhereTheSwitchTells() {
    WithoutAudit writer = opened.push(new WithoutAudit(driver, folder));
    writer.take("Ethernet2", 100);
    configure(observer, onVlan("Ethernet3", 77));
    configure(observer, onVlan("Ethernet2", 77));
    if (tells()) {
      Await.until("it is put right", PATIENCE, () -> writer.putRight() > 0);
      writer.close();
      assertEquals(trunk(100), read("Ethernet2").meaning());
      assertEquals(new Access(77), read("Ethernet3").meaning());
      assertEquals(1, writer.putRight());
    }
  }

  /** To log in, and for each word after that. */
  @Test
  void asksForLeaveBeforeEachWord() {
    AtomicInteger words = new AtomicInteger();
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void speaks() {
            assertEquals(Math.max(0, words.getAndIncrement() - 1), dial.said.size());
          }
        });
    apply("Ethernet1", trunk(100));
    assertEquals(1 + dial.said.size(), words.get());
  }

  private List<String> asked() {
    return dial.said.stream()
        .filter(text -> !text.startsWith(ASKS_FOR_EVENTS))
        .map(text -> text.substring(1).split("[/>]", 2)[0])
        .toList();
  }

  @Test
  void refusalSaysWhatIsThereAndWhatWasWanted() {
    String nonsense =
        "<switched-vlan xmlns=\"" + OpenConfigPort.VLAN + "\"><nonsense/></switched-vlan>";
    Map<String, PortConfig> wanted =
        Map.of("Ethernet2", trunk(100), "Ethernet4", new Raw(nonsense));
    Failure failure = assertThrows(Failure.class, () -> driver.apply(wanted, PATIENCE));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    String text = failure.getMessage();
    assertTrue(text.startsWith("switch tor-1 (127.0.0.1:"), text);
    assertTrue(text.contains("refuses edit-config: unknown-element"), text);
    assertTrue(
        text.contains("port Ethernet2: wanted trunk VLANs 100, it has access VLAN 10"), text);
    assertEquals(factory, running());
    apply("Ethernet1", trunk(100));
    assertNothingPends();
  }

  @Test
  void aStrangersLockIsWaitedFor() throws Exception {
    String lock = lock();
    NetconfSession stranger = stranger();
    assertTrue(stranger.call(lock).done());
    CompletableFuture<Void> change =
        CompletableFuture.runAsync(() -> apply("Ethernet1", trunk(100)), threads);
    Await.until("it has asked twice", PATIENCE, () -> dial.count("<lock>") >= 2);
    assertFalse(change.isDone());
    stranger.close();
    change.get();
    assertEquals(trunk(100), read("Ethernet1").meaning());
  }

  /** What it puts back one day is what it really replaced. */
  @Test
  void tellsWhatItOverwritesAsItIsUnderTheLock() throws Exception {
    AtomicReference<PortConfig> told = new AtomicReference<>();
    driver.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void overwrites(Map<String, PortReading> before) {
            told.set(before.get("Ethernet2").meaning());
          }
        });
    NetconfSession stranger = stranger();
    assertTrue(stranger.call(lock()).done());
    CompletableFuture<Map<String, PortReading>> change =
        CompletableFuture.supplyAsync(
            () -> driver.apply(Map.of("Ethernet2", trunk(100)), PATIENCE), threads);
    Await.until("it has asked twice", PATIENCE, () -> dial.count("<lock>") >= 2);
    assertEquals(null, told.get());
    configure(
        stranger,
        "<interface><name>Ethernet2</name><ethernet xmlns=\"%s\"><switched-vlan xmlns=\"%s\"><config>"
                .formatted(OpenConfigPort.ETHERNET, OpenConfigPort.VLAN)
            + "<access-vlan>77</access-vlan></config></switched-vlan></ethernet></interface>");
    stranger.close();
    assertEquals(new Access(77), change.get().get("Ethernet2").meaning());
    assertEquals(new Access(77), told.get());
  }

  /** The id that is told is the holder's: to kill that session frees the lock. */
  @Test
  void aStrangersLockThatStaysIsReportedWithItsHolder() {
    String lock = lock();
    NetconfSession stranger = stranger();
    assertTrue(stranger.call(lock).done());
    Failure failure =
        assertThrows(
            Failure.class,
            () -> driver.apply(Map.of("Ethernet1", trunk(100)), Duration.ofMillis(100)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    Matcher told =
        Pattern.compile("refuses lock: lock-denied.*held by session (\\d+)")
            .matcher(failure.getMessage());
    assertTrue(told.find(), failure.getMessage());
    String kill = "<kill-session><session-id>%s</session-id></kill-session>";
    assertTrue(observer.call(kill.formatted(told.group(1))).done());
    Await.until("the holder is gone", PATIENCE, stranger::ended);
    apply("Ethernet1", trunk(100));
  }

  /** 1 is the hello; beyond the last step there is nothing to cut. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void aSessionLostAtAnyStepIsMadeGood(int step) {
    dial.cutBehind(step);
    if (step == 1) {
      assertThrows(Failure.class, () -> apply("Ethernet1", trunk(100)));
    }
    apply("Ethernet1", trunk(100));
    assertEquals(trunk(100), read("Ethernet1").meaning());
    target.pass(Duration.ofMinutes(10));
    assertEquals(trunk(100), read("Ethernet1").meaning(), "no unconfirmed commit was left");
    assertNothingPends();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void aShimThatDiesAtAnyStepLeavesNothingItsSuccessorCannotUndo(int step) {
    dial.dieBehind(step);
    boolean done = false;
    try {
      apply("Ethernet2", trunk(100));
      done = true;
    } catch (Failure e) {
      assertEquals(Failure.Kind.UNAVAILABLE, e.kind());
    }
    RecordingDial again = new RecordingDial(() -> door.open(target.entry("10s", "30s")));
    NetconfSwitch successor = driver(again, "10s", "30s");
    successor.apply(Map.of("Ethernet1", trunk(200)), PATIENCE);
    PortConfig left = read(successor, "Ethernet2").meaning();
    assertTrue(List.of(new Access(10), trunk(100)).contains(left), left::toString);
    assertTrue(!done || left.equals(trunk(100)), "what was told done is undone");
    Map<String, PortConfig> former =
        Map.of("Ethernet1", new Raw("no switched-vlan"), "Ethernet2", new Access(10));
    successor.apply(former, PATIENCE);
    assertNothingPends();
    assertEquals(factory, running());
  }
}
