package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SwitchWriterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration FOREVER = Duration.ofHours(1);

  private static final String ONE = "02:00:00:00:01:00";
  private static final String TWO = "02:00:00:00:02:00";

  @TempDir private Path folder;
  private final FakeSwitch fake = new FakeSwitch();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private Journal journal;
  private History history;
  private final Neighbours neighbours =
      new Neighbours(
          new Cables(
              List.of(
                  new Cable("node-1", ONE, "tor-1", "Ethernet1"),
                  new Cable("node-2", TWO, "tor-1", "Ethernet2"))),
          Time.system());
  private SwitchWriter writer;

  @BeforeEach
  void start() {
    journal = Journal.open(folder.resolve("fabric.journal"));
    history = History.in(folder.resolve("history"));
    writer = writer(FOREVER);
    writer.start();
  }

  private final Map<Integer, String> recovered = new ConcurrentHashMap<>();

  private SwitchWriter writer(Duration tokenLifetimeMax) {
    return writer(tokenLifetimeMax, FOREVER);
  }

  private SwitchWriter writer(Duration tokenLifetimeMax, Duration audit) {
    return new SwitchWriter(
        "tor-1",
        ports(),
        new SwitchWriter.Sight(
            new Lookout("tor-1", fake, neighbours, audit, Time.system()),
            new PortLinks(journal, "tor-1", Set.of("Ethernet1", "Ethernet2"), Optional.empty()),
            () -> false),
        new SwitchWriter.Terms(tokenLifetimeMax, audit, CountDownLatch::await),
        new SwitchAccount("tor-1", history, new CommitMeasures(), Time.system()),
        Time.system());
  }

  private SwitchPorts ports() {
    return new SwitchPorts(
        "tor-1",
        fake,
        new FormerPorts(journal, "tor-1"),
        new Ours(Set.of(100, 200, 300), 4094, Set.of("Ethernet1", "Ethernet2"), recovered::putAll));
  }

  @AfterEach
  void stop() {
    fake.release();
    writer.close();
    journal.close();
    threads.close();
  }

  private static PortClaim claim(String port, int vlan) {
    return new PortClaim("tor-1", port, vlan);
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(List.of(vlans)), OptionalInt.empty());
  }

  private void take(String connection, PortClaim claim) {
    writer.take(connection, claim, PATIENCE);
  }

  private void leave(String connection, PortClaim claim) {
    writer.leave(connection, claim, PATIENCE);
  }

  /** What the process that comes after this one would find. */
  private void restart() {
    writer.close();
    journal.close();
    journal = Journal.open(folder.resolve("fabric.journal"));
    writer = writer(FOREVER);
  }

  private Set<String> owned() {
    return new FormerPorts(journal, "tor-1").ports();
  }

  @Test
  void aPortCarriesTheUnionAndGoesBackToWhatItWas() {
    fake.set("Ethernet1", new Raw("by hand"));
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet1", 100));
    take("c", claim("Ethernet1", 200));
    leave("a", claim("Ethernet1", 100));
    leave("b", claim("Ethernet1", 100));
    leave("c", claim("Ethernet1", 200));
    assertEquals(
        List.of(
            "{Ethernet1=trunk VLANs 100}",
            "{Ethernet1=trunk VLANs 100,200}",
            "{Ethernet1=trunk VLANs 200}",
            "{Ethernet1=as it was (by hand)}"),
        fake.commits());
    assertEquals(Set.of(), owned());
  }

  @Test
  void nothingIsProgrammedForANicThatIsHeardElsewhere() {
    take("a", claim("Ethernet2", 200));
    fake.hears(Map.of("Ethernet2", Set.of(ONE)));
    writer.close();
    writer = writer(FOREVER);
    writer.restore("a", claim("Ethernet2", 200), Time.system().now());
    writer.start();
    List<String> before = fake.commits();
    Failure refused = assertThrows(Failure.class, () -> take("b", claim("Ethernet1", 100)));
    assertEquals(Failure.Kind.CONFLICT, refused.kind());
    assertEquals(
        "the cables file has 02:00:00:00:01:00 of node node-1 at tor-1 Ethernet1, LLDP says tor-1"
            + " Ethernet2; replug the cable, or mend the cables file",
        refused.getMessage());
    assertEquals(before, fake.commits());
    assertEquals(Set.of("Ethernet2"), owned());
    leave("a", claim("Ethernet2", 200));
    assertEquals(Set.of(), owned());
  }

  @Test
  void aCableThatWasPutRightIsHeardInTime() {
    fake.hears(Map.of("Ethernet1", Set.of(TWO)));
    writer.close();
    writer = writer(FOREVER, Duration.ofMillis(20));
    writer.start();
    assertThrows(Failure.class, () -> take("a", claim("Ethernet1", 100)));
    fake.hears(Map.of("Ethernet1", Set.of(ONE), "Ethernet2", Set.of(TWO)));
    Await.until(
        "it is heard",
        PATIENCE,
        () -> {
          try {
            take("a", claim("Ethernet1", 100));
            return true;
          } catch (Failure stillRefused) {
            return false;
          }
        });
    assertEquals(List.of("{Ethernet1=trunk VLANs 100}"), fake.commits());
  }

  /** A port is owned before the switch's lock is waited for, which may take long. */
  @Test
  void whatAnOperatorWritesWhileTheLockIsWaitedForIsWhatThePortGoesBackTo() throws Exception {
    fake.hold();
    CompletableFuture<Void> taking =
        CompletableFuture.runAsync(() -> take("a", claim("Ethernet1", 100)), threads);
    Await.until("it waits", PATIENCE, () -> fake.applying() == 1);
    assertEquals(Set.of("Ethernet1"), owned());
    fake.set("Ethernet1", new Raw("by hand"));
    fake.release();
    taking.get();
    restart();
    writer.restore("a", claim("Ethernet1", 100), Instant.now());
    writer.start();
    leave("a", claim("Ethernet1", 100));
    assertEquals(new Raw("by hand"), fake.at("Ethernet1"));
  }

  /** What is there later is drift, which is put right. */
  @Test
  void whatAnOperatorWritesAfterwardsIsNot() {
    take("a", claim("Ethernet1", 100));
    fake.set("Ethernet1", new Raw("by hand"));
    take("b", claim("Ethernet1", 200));
    leave("a", claim("Ethernet1", 100));
    leave("b", claim("Ethernet1", 200));
    assertEquals(new Raw("factory"), fake.at("Ethernet1"));
  }

  @Test
  void aPortThatWasNeverWrittenIsLeftAsItIs() {
    fake.locked(true);
    assertThrows(Failure.class, () -> take("a", claim("Ethernet1", 100)));
    fake.set("Ethernet1", new Raw("by hand"));
    leave("a", claim("Ethernet1", 100));
    Await.until("it is nobody's", PATIENCE, () -> owned().isEmpty());
    assertEquals(List.of(), fake.commits());
    assertEquals(new Raw("by hand"), fake.at("Ethernet1"));
  }

  @Test
  void takingTwiceAndLeavingTwiceCommitsOnce() {
    take("a", claim("Ethernet1", 100));
    take("a", claim("Ethernet1", 100));
    leave("a", claim("Ethernet1", 100));
    leave("a", claim("Ethernet1", 100));
    assertEquals(2, fake.commits().size());
    assertEquals("{}", fake.running());
  }

  @Test
  void whoComesDuringACommitSharesTheNext() {
    List<CompletableFuture<Void>> all = gather(IntStream.rangeClosed(1, 64).boxed().toList());
    all.forEach(CompletableFuture::join);
    assertEquals(2, fake.commits().size(), fake.commits()::toString);
    assertTrue(fake.running().contains("Ethernet64=trunk VLANs 100"), fake.running());
  }

  /** One commit is held while changes of these ports gather behind it. */
  private List<CompletableFuture<Void>> gather(List<Integer> numbers) {
    fake.hold();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    all.add(CompletableFuture.runAsync(() -> take("first", claim("Ethernet0", 100)), threads));
    Await.until("the first commit has begun", PATIENCE, () -> fake.applying() == 1);
    for (int i : numbers) {
      int vlan = i < 1000 ? 100 : 300;
      PortClaim claim = claim("Ethernet" + i, vlan);
      all.add(CompletableFuture.runAsync(() -> take("c" + i, claim), threads));
    }
    Await.until("all wait", PATIENCE, () -> writer.load().waiting() == numbers.size());
    fake.release();
    return all;
  }

  @Test
  void aBadChangeDoesNotFailItsNeighbours() {
    fake.refuse(300);
    List<CompletableFuture<Void>> all = gather(List.of(1, 2, 3, 4, 1005, 6, 7, 8));
    for (int i = 0; i < all.size(); i++) {
      if (i == 5) {
        CompletionException e = assertThrows(CompletionException.class, all.get(i)::join);
        assertEquals(Failure.Kind.INVALID, ((Failure) e.getCause()).kind());
      } else {
        all.get(i).join();
      }
    }
    assertTrue(!fake.running().contains("1005"), fake.running());
    Await.until("the bad port is let go", PATIENCE, () -> !owned().contains("Ethernet1005"));
  }

  @Test
  void aBadChangeDoesNotFailItsNeighbourOnTheSamePort() {
    take("a", claim("Ethernet1", 100));
    fake.refuse(300);
    Failure failure = assertThrows(Failure.class, () -> take("b", claim("Ethernet1", 300)));
    assertEquals("the switch does not like trunk VLANs 100,300", failure.getMessage());
    take("c", claim("Ethernet1", 200));
    assertEquals("{Ethernet1=trunk VLANs 100,200}", fake.running());
  }

  @Test
  void anUnreachableSwitchHoldsNothing() {
    fake.reachable(false);
    Failure failure = assertThrows(Failure.class, () -> take("a", claim("Ethernet1", 100)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    leave("a", claim("Ethernet1", 100));
    assertEquals(Set.of(), owned());
    fake.reachable(true);
    take("b", claim("Ethernet2", 100));
    assertEquals("{Ethernet2=trunk VLANs 100}", fake.running());
  }

  @Test
  void whatCouldNotBeRemovedIsRemovedLater() {
    take("a", claim("Ethernet1", 100));
    fake.reachable(false);
    leave("a", claim("Ethernet1", 100));
    assertEquals("{Ethernet1=trunk VLANs 100}", fake.running());
    fake.reachable(true);
    Await.until("the port is as it was", PATIENCE, () -> fake.running().equals("{}"));
    Await.until("and forgotten", PATIENCE, () -> owned().isEmpty());
  }

  @Test
  void whatCouldNotBeRemovedIsRemovedAfterARestart() {
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet2", 100));
    take("c", claim("Ethernet2", 200));
    fake.reachable(false);
    leave("a", claim("Ethernet1", 100));
    leave("b", claim("Ethernet2", 100));
    restart();
    writer.restore("c", claim("Ethernet2", 200), Instant.EPOCH);
    fake.reachable(true);
    writer.start();
    Await.until(
        "only what stays is there",
        PATIENCE,
        () -> fake.running().equals("{Ethernet2=trunk VLANs 200}"));
  }

  @Test
  void whoCannotEvenWaitToLeaveIsTold() {
    take("a", claim("Ethernet1", 100));
    writer.close();
    Failure failure = assertThrows(Failure.class, () -> leave("a", claim("Ethernet1", 100)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
  }

  @Test
  void aChangeWhoseAnswerWasLostIsTakenBackWhenNobodyWantsIt() {
    fake.losesReplies(true);
    assertThrows(Failure.class, () -> take("a", claim("Ethernet1", 100)));
    assertEquals("{Ethernet1=trunk VLANs 100}", fake.running());
    fake.losesReplies(false);
    Await.until("the port is as it was", PATIENCE, () -> fake.running().equals("{}"));
  }

  @Test
  void whoGivesUpWaitingGetsNothing() {
    fake.hold();
    CompletableFuture<Void> first =
        CompletableFuture.runAsync(() -> take("a", claim("Ethernet1", 100)), threads);
    Await.until("the first commit has begun", PATIENCE, () -> fake.applying() == 1);
    Failure failure =
        assertThrows(
            Failure.class, () -> writer.take("b", claim("Ethernet2", 100), Duration.ofMillis(1)));
    assertEquals(Failure.Kind.TIMEOUT, failure.kind());
    fake.release();
    first.join();
    take("c", claim("Ethernet3", 100));
    assertEquals("{Ethernet1=trunk VLANs 100, Ethernet3=trunk VLANs 100}", fake.running());
  }

  @Test
  void aPortThatCannotBeReadLetsNoOtherBeChangedWithoutOwningIt() {
    restart();
    fake.refuseToRead("Ethernet9");
    writer.restore("a", claim("Ethernet1", 100), Instant.EPOCH);
    writer.restore("b", claim("Ethernet9", 100), Instant.EPOCH);
    writer.start();
    Await.until(
        "the good port is made",
        PATIENCE,
        () -> fake.running().equals("{Ethernet1=trunk VLANs 100}"));
    assertEquals(Set.of("Ethernet1"), owned());
    leave("a", claim("Ethernet1", 100));
    assertEquals("{}", fake.running());
  }

  /** Rights may be given path by path. */
  @Test
  void aPortThatMayNotBeWrittenDoesNotKeepTheOthersFromBeingRepaired() {
    restart();
    fake.forbids("Ethernet9");
    writer.restore("a", claim("Ethernet1", 100), Instant.EPOCH);
    writer.restore("b", claim("Ethernet9", 100), Instant.EPOCH);
    writer.start();
    Await.until(
        "the good port is made",
        PATIENCE,
        () -> fake.running().equals("{Ethernet1=trunk VLANs 100}"));
  }

  @Test
  void noPortIsChangedWithoutOwningIt() {
    PortIntent intent = PortIntent.NONE.with("a", claim("Ethernet1", 100));
    Failure failure =
        assertThrows(Failure.class, () -> ports().settle(intent, Set.of("Ethernet1"), PATIENCE));
    assertEquals(Failure.Kind.INTERNAL, failure.kind());
    assertEquals(List.of(), fake.commits());
  }

  /** A driver that would not tell of a port before it writes there. */
  @Test
  void noPortIsWrittenToThatTheDriverHasNotTold() {
    SwitchPorts ports = ports();
    PortIntent intent = PortIntent.NONE.with("a", claim("Ethernet1", 100));
    ports.watch(new SwitchPorts.Ears(() -> {}, () -> {}, () -> {}, most -> {}));
    ports.own(intent, Set.of("Ethernet1"), Instant.MAX);
    fake.findsSilently();
    Failure failure =
        assertThrows(Failure.class, () -> ports.settle(intent, Set.of("Ethernet1"), PATIENCE));
    assertEquals(Failure.Kind.INTERNAL, failure.kind());
    assertEquals(List.of(), fake.commits());
  }

  /** Nobody else could say later what it had. */
  @Test
  void aPortThatIsAsWantedAlreadyIsOwnedAllTheSame() {
    fake.set("Ethernet1", trunk(100));
    take("a", claim("Ethernet1", 100));
    assertEquals(Set.of("Ethernet1"), owned());
    take("b", claim("Ethernet1", 200));
    leave("b", claim("Ethernet1", 200));
    leave("a", claim("Ethernet1", 100));
    assertEquals("{Ethernet1=" + TroubledSwitch.raw(trunk(100)) + "}", fake.running());
  }

  // ---- what a crash comes upon ----

  @Test
  void historyKnowsOfAChangeBeforeTheSwitchDoes() {
    fake.hold();
    CompletableFuture<Void> taking =
        CompletableFuture.runAsync(() -> take("a", claim("Ethernet1", 100)), threads);
    Await.until("the commit has begun", PATIENCE, () -> fake.applying() == 1);
    History.Event begun = history.latest("", 10).getLast();
    assertEquals("begun", begun.result());
    assertEquals(List.of("a"), begun.connections());
    assertEquals("trunk VLANs 100", begun.after());
    fake.release();
    taking.join();
    take("a", claim("Ethernet1", 100)); // a refresh begins nothing
    List<History.Event> told = history.latest("", 10);
    assertEquals(List.of("done"), told.stream().map(History.Event::result).toList());
  }

  private static History.Event begun(String port, String cause, String after) {
    return new History.Event(
        "2026-01-01T00:00:00Z", "tor-1", port, cause, List.of("b"), "", after, History.BEGUN);
  }

  private void restartBehind(String after) {
    take("a", claim("Ethernet1", 100));
    writer.close();
    history.add(List.of(begun("Ethernet1", "take", after)));
    history = History.in(folder.resolve("history"));
    restart();
    writer.restore("a", claim("Ethernet1", 100), Instant.EPOCH);
    writer.start();
    Await.until(
        "its end is told",
        PATIENCE,
        () -> !history.latest("", 1).getFirst().result().equals("begun"));
  }

  @Test
  void aChangeThatWasMadeJustBeforeAKillIsToldByTheNextProcess() {
    restartBehind("trunk VLANs 100");
    History.Event told = history.latest("", 1).getFirst();
    assertEquals("done", told.result());
    assertEquals("take", told.cause());
    assertEquals(List.of("b"), told.connections());
  }

  @Test
  void aChangeThatCameToNothingByAKillIsSaidSo() {
    restartBehind("trunk VLANs 100,200");
    assertEquals("not made, or undone", history.latest("", 1).getFirst().result());
  }

  @Test
  void whatWasBegunOnAPortThatIsNobodysAnyMoreEndsWithTheStart() {
    history.add(
        List.of(
            begun("Ethernet1", "take", "trunk VLANs 100"),
            begun("Ethernet2", "leave", "access VLAN 10")));
    history = History.in(folder.resolve("history"));
    restart();
    writer.start();
    Map<String, String> ends = new TreeMap<>();
    history.latest("", 10).forEach(event -> ends.put(event.port(), event.result()));
    assertEquals(Map.of("Ethernet1", "not made, or undone", "Ethernet2", "done"), ends);
  }

  @Test
  void aChangeWhoseReplyWasLostIsInTheHistoryOnceItIsKnown() {
    take("a", claim("Ethernet1", 100));
    fake.losesReplies(true);
    leave("a", claim("Ethernet1", 100));
    fake.losesReplies(false);
    Await.until(
        "its end is told",
        PATIENCE,
        () -> history.latest("", 1).getFirst().result().equals("done"));
    assertEquals("leave", history.latest("", 1).getFirst().cause());
  }

  // ---- what was settled and is so no more ----

  @Test
  void aPortThatLosesItsVlansHasThemBackAtTheNextLook() {
    writer.close();
    writer = writer(FOREVER, Duration.ofMillis(20));
    writer.start();
    take("a", claim("Ethernet1", 100));
    fake.set("Ethernet2", new Raw("an operator's"));
    fake.set("Ethernet1", new Raw("factory"));
    String repaired = "{Ethernet1=trunk VLANs 100, Ethernet2=as it was (an operator's)}";
    Await.until("it is repaired", PATIENCE, () -> fake.running().equals(repaired));
    fake.set("Ethernet1", trunk(999));
    Await.until("and again", PATIENCE, () -> fake.running().equals(repaired));
  }

  @Test
  void aSwitchThatHangsUpIsLookedAtSoon() {
    take("a", claim("Ethernet1", 100));
    fake.set("Ethernet1", new Raw("factory"));
    fake.hangUp();
    Await.until(
        "it is repaired", PATIENCE, () -> fake.running().equals("{Ethernet1=trunk VLANs 100}"));
  }

  @Test
  void aSwitchThatRebootsIsMadeAsItShouldBeWhenItIsBack() {
    take("a", claim("Ethernet1", 100));
    fake.reachable(false);
    fake.hangUp();
    fake.set("Ethernet1", new Raw("factory"));
    int before = fake.applying();
    Await.until("it was tried in vain", PATIENCE, () -> fake.applying() > before + 1);
    fake.reachable(true);
    Await.until(
        "it is repaired", PATIENCE, () -> fake.running().equals("{Ethernet1=trunk VLANs 100}"));
  }

  // ---- what can be seen of it ----

  private List<String> past() {
    return history.latest("", 100).stream()
        .map(event ->
            event.cause()
                + " "
                + event.port()
                + " "
                + event.connections()
                + ": "
                + event.before()
                + " -> "
                + event.after()
                + ", "
                + event.result())
        .toList();
  }

  @Test
  void whatIsDoneIsToldWithBeforeAfterAndResult() {
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet1", 100)); // which changes nothing there
    fake.refuse(300);
    assertThrows(Failure.class, () -> take("c", claim("Ethernet2", 300)));
    leave("b", claim("Ethernet1", 100));
    leave("a", claim("Ethernet1", 100));
    assertEquals(
        List.of(
            "take Ethernet1 [a]: as it was (factory) -> trunk VLANs 100, done",
            "take Ethernet2 [c]:  -> taking VLAN 300 on port Ethernet2 of tor-1 for c,"
                + " invalid: the switch does not like trunk VLANs 300",
            "leave Ethernet1 [a]: trunk VLANs 100 -> as it was (factory), done"),
        past());
    SwitchAccount.Numbers numbers = writer.view().numbers();
    assertEquals(2, numbers.commits());
    assertEquals(4, numbers.changes());
    assertEquals(1, numbers.failures());
  }

  @Test
  void aRepairIsToldOnceAndCounted() {
    take("a", claim("Ethernet1", 100));
    fake.set("Ethernet1", new Raw("an operator's"));
    fake.hangUp();
    Await.until("it is repaired", PATIENCE, () -> past().size() == 2);
    assertEquals(
        "repair, found by a look Ethernet1 []: as it was (an operator's) -> trunk VLANs 100, done",
        past().getLast());
    assertEquals(1, writer.view().numbers().repairedPorts());
  }

  @Test
  void aSwitchThatStaysAwayDoesNotFillTheHistory() {
    take("a", claim("Ethernet1", 100));
    fake.reachable(false);
    leave("a", claim("Ethernet1", 100));
    Await.until("tried again", PATIENCE, () -> writer.view().numbers().failures() > 3);
    assertEquals(3, past().size(), past()::toString);
  }

  @Test
  void showsWhoHasWhatAndWhatIsNotSettled() {
    take("a", claim("Ethernet1", 100));
    SwitchView.Port port = writer.view().ports().getFirst();
    assertEquals("trunk VLANs 100", port.wanted());
    assertEquals("as it was (factory)", port.former());
    assertEquals(Optional.empty(), port.unsettled());
    assertEquals("a", port.claims().getFirst().connection());
    assertTrue(port.claims().getFirst().since().isAfter(Instant.EPOCH));
    fake.reachable(false);
    leave("a", claim("Ethernet1", 100));
    port = writer.view().ports().getFirst();
    assertEquals(List.of(), port.claims());
    assertEquals("as it was (factory)", port.wanted());
    assertTrue(port.unsettled().orElseThrow().contains("cannot be reached"));
  }

  @Test
  void comparesWithoutChanging() {
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet2", 100));
    fake.set("Ethernet2", new Raw("an operator's"));
    int before = fake.applying();
    Map<String, SwitchPorts.Difference> all = writer.compare(PATIENCE);
    assertTrue(all.get("Ethernet1").same());
    assertTrue(!all.get("Ethernet2").same());
    assertEquals(new Raw("an operator's"), all.get("Ethernet2").running().meaning());
    assertEquals(before, fake.applying());
    fake.reachable(false);
    assertEquals(
        Failure.Kind.UNAVAILABLE,
        assertThrows(Failure.class, () -> writer.compare(PATIENCE)).kind());
  }

  @Test
  void hasTheSwitchSayWhatItWouldTakeWithoutChanging() {
    take("a", claim("Ethernet1", 100));
    fake.refuse(300);
    int before = fake.applying();
    List<PortClaim> tried = List.of(claim("Ethernet1", 200), claim("Ethernet2", 300));
    Map<String, Optional<String>> verdicts = writer.rehearse(tried, PATIENCE);
    assertEquals(Optional.empty(), verdicts.get("Ethernet1"));
    assertEquals(
        Optional.of("the switch does not like trunk VLANs 300"), verdicts.get("Ethernet2"));
    List<PortClaim> beside = List.of(claim("Ethernet1", 300));
    assertEquals(
        Optional.of("the switch does not like trunk VLANs 100,300"),
        writer.rehearse(beside, PATIENCE).get("Ethernet1"));
    assertEquals(before, fake.applying());
    assertEquals(Set.of("Ethernet1"), owned());
    fake.reachable(false);
    assertEquals(
        Failure.Kind.UNAVAILABLE,
        assertThrows(Failure.class, () -> writer.rehearse(tried, PATIENCE)).kind());
  }

  // ---- a crash between any two steps ----

  @Test
  void crashAfterOwningBeforeTheCommit() {
    new FormerPorts(journal, "tor-1").keep(Map.of("Ethernet1", new Raw("factory")));
    restart();
    writer.start();
    Await.until("the port is let go", PATIENCE, () -> owned().isEmpty());
    assertEquals(List.of(), fake.commits());
  }

  @Test
  void crashAfterTheCommitBeforeTheSessionKnew() {
    take("a", claim("Ethernet1", 100));
    restart(); // nobody restores the claim
    writer.start();
    Await.until("the port is as it was", PATIENCE, () -> fake.running().equals("{}"));
    Await.until("and forgotten", PATIENCE, () -> owned().isEmpty());
  }

  @Test
  void crashAfterTheSessionKnewBeforeTheCommit() {
    restart();
    writer.restore("a", claim("Ethernet1", 100), Instant.EPOCH);
    writer.start();
    Await.until(
        "the port is made", PATIENCE, () -> fake.running().equals("{Ethernet1=trunk VLANs 100}"));
    leave("a", claim("Ethernet1", 100));
    assertEquals("{}", fake.running());
  }

  @Test
  void crashAfterThePortWasPutBackBeforeItWasForgotten() {
    take("a", claim("Ethernet1", 100));
    fake.set("Ethernet1", new Raw("factory"));
    restart();
    writer.start();
    Await.until("the port is let go", PATIENCE, () -> owned().isEmpty());
    assertEquals(1, fake.commits().size());
  }

  @Test
  void aRestartChangesNothingForWhoStays() {
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet1", 200));
    restart();
    writer.restore("a", claim("Ethernet1", 100), Instant.EPOCH);
    writer.restore("b", claim("Ethernet1", 200), Instant.EPOCH);
    writer.start();
    leave("b", claim("Ethernet1", 200));
    leave("a", claim("Ethernet1", 100));
    assertEquals("{}", fake.running());
    assertEquals(4, fake.commits().size());
  }

  // ---- an empty disk ----

  @Test
  void whatAForgottenPortCarriesStaysUntilEveryClientMustHaveRefreshed() {
    fake.set("Ethernet1", trunk(100, 200));
    loseTheDisk(Duration.ofMillis(300));
    writer.start();
    take("a", claim("Ethernet1", 100));
    assertEquals("{Ethernet1=trunk VLANs 100,200}", fake.running());
    Await.until(
        "the VLAN that nobody claims goes",
        PATIENCE,
        () -> fake.running().equals("{Ethernet1=trunk VLANs 100}"));
    leave("a", claim("Ethernet1", 100));
    assertEquals("{Ethernet1=access VLAN 4094}", fake.running());
  }

  @Test
  void theNamesOfVlansAreToldBeforeASegmentIsGivenAndWhatIsOnAPortStays() {
    fake.makesVlans(VlanNames.NUMBERS);
    fake.set("Ethernet1", trunk(100));
    loseTheDisk(FOREVER); // the writer before it would take them away
    fake.setVlans(Map.of(100, "patchbay-red", 200, "patchbay-blue", 300, "storage"));
    writer.start();
    Await.until("all has been read", PATIENCE, () -> !writer.view().unread());
    assertEquals(Map.of(100, "patchbay-red", 200, "patchbay-blue"), recovered);
    Await.until(
        "what no port has is taken away",
        PATIENCE,
        () -> fake.vlans().equals(Map.of(100, "patchbay-red", 300, "storage")));
  }

  @Test
  void aVlanGoesWithItsLastPort() {
    fake.makesVlans(VlanNames.NUMBERS);
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet2", 100));
    take("c", claim("Ethernet2", 200));
    assertEquals(Map.of(100, "patchbay-100", 200, "patchbay-200"), fake.vlans());
    leave("a", claim("Ethernet1", 100));
    leave("c", claim("Ethernet2", 200));
    Await.until("200 is gone", PATIENCE, () -> fake.vlans().equals(Map.of(100, "patchbay-100")));
    leave("b", claim("Ethernet2", 100));
    Await.until("all are gone", PATIENCE, () -> fake.vlans().isEmpty());
  }

  @Test
  void aVlanThatTheSwitchWillNotLetGoKeepsNoOtherAndIsLeftAlone() {
    fake.makesVlans(VlanNames.NUMBERS);
    writer.close();
    fake.keepsVlan(100);
    fake.setVlans(Map.of(100, "patchbay-100", 200, "patchbay-200", 300, "patchbay-300"));
    writer = writer(FOREVER);
    writer.start();
    Await.until("the others go", PATIENCE, () -> fake.vlans().equals(Map.of(100, "patchbay-100")));
    int before = fake.removals();
    take("a", claim("Ethernet1", 200));
    leave("a", claim("Ethernet1", 200));
    Await.until("200 goes again", PATIENCE, () -> fake.vlans().equals(Map.of(100, "patchbay-100")));
    assertEquals(before + 1, fake.removals(), "100 is not asked for again");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCabledPortThatTheSwitchLacksOrHidesKeepsNoOtherFromBeingAdopted(boolean lacks) {
    fake.set("Ethernet1", trunk(100, 200));
    if (lacks) {
      fake.lacks("Ethernet2");
    } else {
      fake.hides("Ethernet2");
    }
    loseTheDisk(FOREVER);
    writer.start();
    Await.until("it is adopted", PATIENCE, () -> owned().equals(Set.of("Ethernet1")));
    Await.until("all has been read", PATIENCE, () -> !writer.view().unread());
  }

  /** It is rather another switch than the one that was cabled. */
  @Test
  void aSwitchThatLacksAllCabledPortsHasNotBeenRead() {
    loseTheDisk(FOREVER);
    fake.lacks("Ethernet1");
    fake.lacks("Ethernet2");
    SwitchPorts ports = ports();
    Failure failure = assertThrows(Failure.class, () -> ports.adopt(Instant.EPOCH));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(ports.areLost());
  }

  private void loseTheDisk(Duration tokenLifetimeMax) {
    writer.close();
    FormerPorts.lose(journal, "tor-1");
    writer = writer(tokenLifetimeMax);
  }

  @Test
  void aForgottenPortThatNobodyAsksForIsParkedInTheEnd() {
    fake.set("Ethernet1", trunk(100, 200));
    fake.set("Ethernet7", trunk(100)); // no cable of ours
    fake.reachable(false);
    loseTheDisk(Duration.ofMillis(50));
    writer.start();
    fake.reachable(true);
    Await.until(
        "it is parked",
        PATIENCE,
        () -> fake.running().equals("{Ethernet1=access VLAN 4094, Ethernet7=trunk VLANs 100}"));
    Await.until("and given up", PATIENCE, () -> owned().isEmpty());
    Await.until(
        "nobody is waited for any more",
        PATIENCE,
        () -> new FormerPorts(journal, "tor-1").heirs().isEmpty());
  }

  /** Another service could get it, and would reach that port. */
  @Test
  void aVlanThatCannotBeTakenOffItsPortIsKeptUntilItIs() {
    writer.close();
    FormerPorts formers = new FormerPorts(journal, "tor-1");
    formers.inherit(Set.of(claim("Ethernet1", 100)), Instant.EPOCH);
    formers.park("Ethernet1", 4094);
    fake.set("Ethernet1", trunk(100));
    fake.reachable(false);
    writer = writer(FOREVER, Duration.ofMillis(50));
    writer.start();
    Await.until("it was tried", PATIENCE, () -> writer.view().numbers().failures() > 2);
    assertEquals(Set.of(100), FormerPorts.inherited(journal));
    fake.reachable(true);
    Await.until("let go", PATIENCE, () -> FormerPorts.inherited(journal).isEmpty());
    assertEquals("{Ethernet1=access VLAN 4094}", fake.running());
  }

  @Test
  void whatAForgottenPortCarriesStaysOverASecondRestart() {
    fake.set("Ethernet1", trunk(100, 200));
    loseTheDisk(FOREVER);
    writer.start();
    Await.until("it is adopted", PATIENCE, () -> owned().equals(Set.of("Ethernet1")));
    restart();
    writer.restore("a", claim("Ethernet1", 100), Instant.EPOCH);
    writer.start();
    leave("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet2", 100));
    leave("b", claim("Ethernet2", 100));
    assertEquals("{Ethernet1=trunk VLANs 100,200}", fake.running());
  }

  @Test
  void anOperatorsTrunkOnAFreshPortIsNotTakenForOurs() {
    fake.set("Ethernet1", trunk(100, 200));
    take("a", claim("Ethernet1", 100));
    assertEquals("{Ethernet1=trunk VLANs 100}", fake.running());
    leave("a", claim("Ethernet1", 100));
    assertEquals("{Ethernet1=as it was (written as trunk VLANs 100,200)}", fake.running());
  }

  @Test
  void aTrunkOfOthersIsNotTakenForOurs() {
    fake.set("Ethernet1", trunk(100, 999));
    loseTheDisk(FOREVER);
    writer.start();
    take("a", claim("Ethernet1", 100));
    leave("a", claim("Ethernet1", 100));
    assertEquals(
        List.of(
            "{Ethernet1=trunk VLANs 100}",
            "{Ethernet1=as it was (written as trunk VLANs 100,999)}"),
        fake.commits());
  }
}
