package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.torshims.History.Event;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a switch's writer makes of ports that lose their link, in virtual time. */
class LinkWatchTest {
  private static final Duration FOREVER = Duration.ofHours(10);
  private static final Duration LOOK = LinkWatch.INTERVAL;
  private static final Duration LONG = PortLinks.SILENCE_MOST.multipliedBy(3);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Map<String, Boolean> UP = Map.of("Ethernet1", true, "Ethernet2", true);
  private static final Map<String, Boolean> ONE_DOWN =
      Map.of("Ethernet1", false, "Ethernet2", true);

  @TempDir private Path folder;
  private final FakeTime time = new FakeTime();
  private final FakeSwitch fake = new FakeSwitch();

  /** What had failed each time that somebody was told. */
  private final List<Set<String>> told = new ArrayList<>();

  /** The ports that have a cable. */
  private Set<String> cabled = Set.of("Ethernet1", "Ethernet2");

  /** The time after which the switch counts as dead. */
  private Optional<Duration> lost = Optional.empty();

  private Journal journal;
  private History history;
  private SwitchWriter writer;

  @BeforeEach
  void start() {
    journal = Journal.open(folder.resolve("fabric"));
    history = History.in(folder.resolve("history"));
    writer = writer();
    writer.start();
    fake.links(UP);
  }

  @AfterEach
  void stop() {
    writer.close();
    journal.close();
  }

  private SwitchWriter writer() {
    SwitchPorts ports =
        new SwitchPorts(
            "tor-1",
            fake,
            new FormerPorts(journal, "tor-1"),
            new Ours(Set.of(100), 4094, Set.of("Ethernet1", "Ethernet2"), made -> {}));
    SwitchWriter made =
        new SwitchWriter(
            "tor-1",
            ports,
            Rig.deaf("tor-1", new PortLinks(journal, "tor-1", cabled, lost)),
            new SwitchWriter.Terms(FOREVER, FOREVER, latch -> time.advance(PATIENCE)),
            new SwitchAccount("tor-1", history, new CommitMeasures(), time),
            time);
    made.onLinkChange(() -> tell(made.links().failed()));
    return made;
  }

  /** Also of a port that never had a link, and so has not failed, is told that it has none. */
  private void tell(Set<String> failed) {
    if (!failed.equals(told.isEmpty() ? Set.of() : told.getLast())) {
      told.add(failed);
    }
  }

  private static PortClaim claim(String port) {
    return new PortClaim("tor-1", port, 100);
  }

  private void take(String connection, String port) {
    writer.take(connection, claim(port), FOREVER);
  }

  private void leave(String connection, String port) {
    writer.leave(connection, claim(port), FOREVER);
  }

  /** A connection comes to a port, which then loses its link. */
  private void fail() {
    take("a", "Ethernet1");
    look();
    fake.links(ONE_DOWN);
    look();
    assertEquals(List.of(Set.of("Ethernet1")), told);
  }

  /** Until the switch has been asked again. */
  private void look() {
    time.advance(LOOK.plusSeconds(1));
  }

  private String link(String port) {
    return writer.view().ports().stream()
        .filter(each -> each.name().equals(port))
        .findFirst()
        .orElseThrow()
        .link();
  }

  private List<Event> linkEvents() {
    return history.latest("", 100).stream().filter(e -> e.cause().equals("link")).toList();
  }

  @Test
  void aPortThatLosesItsLinkHasFailedUntilItHasItAgainAndIsToldOnceEach() {
    take("a", "Ethernet1");
    take("b", "Ethernet2");
    look();
    assertEquals("up", link("Ethernet1"));
    fake.links(ONE_DOWN);
    look();
    look();
    assertEquals(List.of(Set.of("Ethernet1")), told);
    assertEquals("failed", link("Ethernet1"));
    assertEquals("up", link("Ethernet2"));
    fake.links(UP);
    look();
    look();
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told);
    assertEquals("up", link("Ethernet1"));
    assertEquals(
        List.of("told DOWN", "told UP"), linkEvents().stream().map(Event::result).toList());
    assertEquals(List.of("a"), linkEvents().getFirst().connections());
  }

  /** A node boots, and its request comes before the light. */
  @Test
  void aPortThatNeverHadALinkHindersNothing() {
    fake.links(ONE_DOWN);
    take("a", "Ethernet1");
    look();
    look();
    assertEquals(List.of(), told);
    assertEquals("down", link("Ethernet1"));
    writer.links().require("Ethernet1");
  }

  @Test
  void onOneFailedPortNobodyNewIsLetAndTheOthersAreAsEver() {
    take("a", "Ethernet1");
    look();
    fake.links(ONE_DOWN);
    look();
    Failure failure = assertThrows(Failure.class, () -> writer.links().require("Ethernet1"));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(
        failure.getMessage().contains("port Ethernet1 of switch tor-1 has had no link since"),
        failure.getMessage());
    writer.links().require("Ethernet2");
    leave("a", "Ethernet1");
    assertEquals("{}", fake.running());
  }

  /** Whoever starts over has closed before it asks again. */
  @Test
  void aFailedPortIsLookedAtUntilItIsBackThoughNobodyIsOnIt() {
    take("a", "Ethernet1");
    look();
    fake.links(ONE_DOWN);
    look();
    leave("a", "Ethernet1");
    look();
    assertThrows(Failure.class, () -> writer.links().require("Ethernet1"));
    fake.links(UP);
    look();
    writer.links().require("Ethernet1");
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told);
    int asked = fake.askedForLinks().size();
    time.advance(Duration.ofHours(1));
    assertEquals(asked, fake.askedForLinks().size(), "nobody needs to know it any more");
  }

  @Test
  void allPortsAreOneQuestion() {
    take("a", "Ethernet1");
    take("b", "Ethernet2");
    int before = fake.askedForLinks().size();
    look();
    look();
    List<Set<String>> asked = fake.askedForLinks().subList(before, fake.askedForLinks().size());
    assertEquals(Set.of(Set.of("Ethernet1", "Ethernet2")), Set.copyOf(asked));
    assertTrue(asked.size() <= 3, asked::toString);
  }

  @Test
  void aSwitchThatTellsByItselfIsAskedAtOnceAndNotForEachWord() {
    take("a", "Ethernet1");
    look();
    int before = fake.askedForLinks().size();
    fake.links(ONE_DOWN);
    for (int i = 0; i < 100; i++) {
      fake.tellsOfLinks();
      time.advance(Duration.ofMillis(1));
    }
    assertEquals(List.of(Set.of("Ethernet1")), told);
    int asked = fake.askedForLinks().size() - before;
    assertTrue(asked <= 2, asked + " questions in 100 ms");
  }

  /** The network of the management may be dead, and the packets may pass. */
  @Test
  void aSwitchThatDoesNotAnswerTellsNothing() {
    take("a", "Ethernet1");
    look();
    fake.reachable(false);
    int before = fake.askedForLinks().size();
    time.advance(Duration.ofHours(1));
    assertEquals(List.of(), told);
    int asked = fake.askedForLinks().size() - before;
    assertTrue(asked > 10 && asked < 140, asked + " questions in an hour");
    fake.links(ONE_DOWN);
    fake.reachable(true);
    time.advance(Duration.ofMinutes(2));
    assertEquals(List.of(Set.of("Ethernet1")), told);
    fake.reachable(false);
    time.advance(Duration.ofHours(1));
    assertEquals(List.of(Set.of("Ethernet1")), told, "what had failed is not healed by silence");
  }

  /** A connection is on a port that has its link, and the switch's entry says that. */
  private void diesAfter(Duration silence) {
    writer.close();
    lost = Optional.of(silence);
    writer = writer();
    writer.start();
    take("a", "Ethernet1");
    look();
  }

  /** Where its entry says so: then whoever has another path takes it. */
  @Test
  void aSwitchThatDoesNotAnswerForLongEnoughCountsAsDeadUntilItDoes() {
    diesAfter(Duration.ofMinutes(5));
    fake.reachable(false);
    time.advance(Duration.ofMinutes(4));
    assertEquals(List.of(), told);
    time.advance(Duration.ofMinutes(3)); // it is asked ever more seldom
    assertEquals(List.of(Set.of("Ethernet1")), told);
    Failure refused = assertThrows(Failure.class, () -> writer.links().require("Ethernet1"));
    assertTrue(refused.getMessage().contains("or the switch has not answered"), refused::toString);
    time.advance(Duration.ofHours(1));
    fake.reachable(true);
    time.advance(Duration.ofMinutes(2));
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told);
    fake.reachable(false);
    time.advance(Duration.ofMinutes(4));
    fake.reachable(true);
    time.advance(Duration.ofMinutes(2));
    fake.reachable(false);
    time.advance(Duration.ofMinutes(4));
    assertEquals(2, told.size(), "each silence counts for itself");
  }

  private static List<Failure> signsOfLife() {
    return List.of(
        new Failure(Failure.Kind.TIMEOUT, "no answer in time"), // to this, but to all else
        new Failure(Failure.Kind.UNAVAILABLE, "too busy", new TooBusy("429")));
  }

  @ParameterizedTest
  @MethodSource("signsOfLife")
  void aSwitchThatAnswersAnythingIsNotDead(Failure life) {
    diesAfter(Duration.ofMinutes(1));
    fake.refusesToTellLinks(Optional.of(life));
    time.advance(Duration.ofHours(1));
    assertEquals(List.of(), told);
  }

  private static List<Failure> refusals() {
    return List.of(
        new Failure(Failure.Kind.UNSUPPORTED, "never heard of oper-status"),
        new Failure(Failure.Kind.NOT_FOUND, "there is no oper-status"),
        new Failure(Failure.Kind.DENIED, "not for you", new NotPermitted("rule 7")));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void aSwitchThatWillNotTellAnyMoreHoldsNothingAgainstAnybody(Failure refusal) {
    fail();
    fake.refusesToTellLinks(Optional.of(refusal));
    look();
    assertEquals(List.of(Set.of("Ethernet1")), told, "it may yet tell");
    time.advance(LONG);
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told);
    writer.links().require("Ethernet1");
    int before = fake.askedForLinks().size();
    time.advance(Duration.ofHours(1));
    assertTrue(fake.askedForLinks().size() - before < 140, "it is asked seldom");
  }

  /** The switch's own trouble, say, with the process that knows its links. */
  @ParameterizedTest
  @EnumSource(names = {"INVALID", "CONFLICT", "EXHAUSTED", "INTERNAL"})
  void anOddAnswerChangesNothing(Failure.Kind kind) {
    fail();
    fake.refusesToTellLinks(Optional.of(new Failure(kind, "no such day")));
    int before = fake.askedForLinks().size();
    time.advance(Duration.ofHours(1));
    assertEquals(List.of(Set.of("Ethernet1")), told);
    assertThrows(Failure.class, () -> writer.links().require("Ethernet1"));
    assertTrue(fake.askedForLinks().size() - before < 140, "it is asked seldom");
    fake.refusesToTellLinks(Optional.empty());
    fake.links(UP);
    time.advance(LONG);
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told);
  }

  /** Its state is unknown or being tested, or the switch has nothing to say of any. */
  @ParameterizedTest
  @MethodSource("gaps")
  void aFailedPortThatIsLeftOutForAShortTimeStaysFailed(Map<String, Boolean> gap) {
    fail();
    for (int i = 0; i < 3; i++) {
      fake.links(gap);
      look();
      look();
      fake.links(ONE_DOWN);
      time.advance(Duration.ofSeconds(40));
    }
    assertEquals(List.of(Set.of("Ethernet1")), told);
    assertThrows(Failure.class, () -> writer.links().require("Ethernet1"));
  }

  @ParameterizedTest
  @MethodSource("gaps")
  void aPortThatIsLeftOutForAShortTimeCanStillLoseItsLink(Map<String, Boolean> gap) {
    take("a", "Ethernet1");
    look();
    fake.links(gap);
    look();
    fake.links(ONE_DOWN);
    time.advance(Duration.ofSeconds(15));
    assertEquals(List.of(Set.of("Ethernet1")), told);
  }

  private static List<Map<String, Boolean>> gaps() {
    return List.of(Map.of(), Map.of("Ethernet2", true));
  }

  @ParameterizedTest
  @MethodSource("gaps")
  void aPortThatIsLeftOutForLongIsHeldAgainstNobody(Map<String, Boolean> gap) {
    fail();
    fake.links(gap);
    time.advance(PortLinks.SILENCE_MOST.minusSeconds(1));
    assertEquals(List.of(Set.of("Ethernet1")), told);
    time.advance(LONG);
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told);
    fake.links(ONE_DOWN);
    time.advance(LONG);
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told, "none was seen there since");
  }

  /** It reboots, and is not sure of its ports as it goes and as it comes. */
  @Test
  void aTimeWithoutAnswersIsNoSilenceOfAPort() {
    fail();
    fake.links(Map.of());
    look();
    fake.reachable(false);
    time.advance(Duration.ofHours(1));
    fake.reachable(true);
    time.advance(LinkWatch.SELDOM);
    fake.links(ONE_DOWN);
    time.advance(LONG);
    assertEquals(List.of(Set.of("Ethernet1")), told);
  }

  @Test
  void aFailedPortThatHasNoCableAnyMoreIsForgottenWhenNobodyIsOnIt() {
    fail();
    cabled = Set.of("Ethernet2");
    restart();
    writer.restore("a", claim("Ethernet1"), Instant.EPOCH);
    writer.start();
    look();
    assertThrows(Failure.class, () -> writer.links().require("Ethernet1"), "somebody is on it");
    leave("a", "Ethernet1");
    look();
    assertForgotten();
  }

  @Test
  void aFailedPortThatHasNoCableAnyMoreIsForgottenAtTheStart() {
    fail();
    leave("a", "Ethernet1");
    cabled = Set.of();
    restart();
    int before = fake.askedForLinks().size();
    writer.start();
    look();
    assertForgotten();
    assertEquals(before, fake.askedForLinks().size());
  }

  private void assertForgotten() {
    assertEquals(Set.of(), writer.links().failed());
    assertEquals(List.of(), seenOnDisk());
    assertEquals(List.of(Set.of("Ethernet1")), told, "nobody is told that it has its link");
  }

  private List<String> seenOnDisk() {
    return journal.entries().keySet().stream().filter(key -> key.startsWith("link/")).toList();
  }

  @Test
  void whatWasSeenOfSwitchesThatHaveLeftTheFileIsForgotten() {
    for (String name : List.of("tor-1", "tor-10")) {
      PortLinks links = new PortLinks(journal, name, cabled, lost);
      assertEquals(Map.of(), links.told(UP, UP.keySet(), time.now()));
    }
    PortLinks.forgetOthers(journal, Set.of("tor-1"));
    assertEquals(List.of("link/tor-1/Ethernet1", "link/tor-1/Ethernet2"), seenOnDisk());
  }

  @Test
  void whatHasFailedIsNotForgottenWithTheProcess() {
    fail();
    restart();
    assertThrows(Failure.class, () -> writer.links().require("Ethernet1"));
    fake.links(UP);
    writer.start();
    look();
    assertEquals(List.of(Set.of("Ethernet1"), Set.of()), told);
  }

  @Test
  void aPortThatFailsWhileThereIsNoProcessIsFoundByTheNext() {
    take("a", "Ethernet1");
    look();
    fake.links(ONE_DOWN);
    restart();
    writer.restore("a", claim("Ethernet1"), Instant.EPOCH);
    writer.start();
    look();
    assertEquals(List.of(Set.of("Ethernet1")), told);
  }

  private void restart() {
    writer.close();
    journal.close();
    journal = Journal.open(folder.resolve("fabric"));
    writer = writer();
  }

  /** What a crash left without its end is not ended by what is seen on the port. */
  @Test
  void aLinkIsNoEndOfAChange() {
    Event begun = new Event("t", "tor-1", "p", "take", List.of("a"), "", "trunk", History.BEGUN);
    Event seen = new Event("t", "tor-1", "p", "link", List.of("a"), "link", "no link", "told DOWN");
    history.add(List.of(begun, seen));
    assertEquals(List.of(begun, seen), history.latest("", 10));
    assertEquals(Map.of("p", begun), History.in(folder.resolve("history")).begun("tor-1"));
  }
}
