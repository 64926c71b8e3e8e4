package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Replicas with folders of their own, one after the other: what the ports were is kept where all
 * find it, who has what of them is not.
 */
@Timeout(60)
class OrphanedPortsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration FOREVER = Duration.ofDays(1);
  private static final Raw BEFORE = new Raw("by hand");

  @TempDir private Path folder;
  private final FakeSwitch fake = new FakeSwitch();
  private final BrittleMap intents = new BrittleMap();
  private HeardDriver heard = new HeardDriver(fake);
  private Journal journal;
  private SwitchWriter writer;

  @BeforeEach
  void start() {
    fake.set("Ethernet1", BEFORE);
    journal = Journal.open(folder.resolve("links"));
    writer = writer(FOREVER);
    writer.start();
  }

  @AfterEach
  void stop() {
    writer.close();
    journal.close();
  }

  private SwitchWriter writer(Duration tokenLifetimeMax) {
    PortWish wish = new PortWish("big", new FabricService.Port(9000, null, null, null));
    Ours ours =
        new Ours(
            Set.of(100, 200, 300),
            4094,
            Set.of("Ethernet1", "Ethernet2", "Ethernet3"),
            Map.of(),
            Set.of(),
            made -> {},
            vlan -> vlan == 300 ? wish : PortWish.NONE);
    heard = new HeardDriver(fake);
    return new SwitchWriter(
        "tor-1",
        new SwitchPorts("tor-1", heard, new FormerPorts(intents, "tor-1"), ours),
        Rig.deaf("tor-1", journal),
        new SwitchWriter.Terms(tokenLifetimeMax, FOREVER, CountDownLatch::await),
        new SwitchAccount("tor-1", History.none(), new CommitMeasures(), Time.system()),
        Time.system());
  }

  private void succeed(Duration tokenLifetimeMax) {
    writer.close();
    FormerPorts.orphan(intents, Set.of("tor-1"));
    writer = writer(tokenLifetimeMax);
  }

  private static PortClaim claim(String port, int vlan) {
    return new PortClaim("tor-1", port, vlan);
  }

  private void take(String connection, PortClaim claim) {
    writer.take(connection, claim, PATIENCE);
  }

  private void leave(String connection, PortClaim claim) {
    writer.leave(connection, claim, PATIENCE);
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(List.of(vlans)), OptionalInt.empty());
  }

  private Raw raw(String item) {
    return fake.read(Set.of(item)).get(item).raw();
  }

  private Set<String> owned() {
    return new FormerPorts(intents, "tor-1").ports();
  }

  private void awaitRead() {
    Await.until("the switch is read", PATIENCE, () -> !writer.view().unread());
  }

  @Test
  void whatAPortCarriesStaysUntilEveryClientMustHaveComeBackAndThenItIsWhatItWas() {
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet1", 200));
    succeed(Duration.ofMillis(300));
    int commits = fake.commits().size();
    writer.start();
    take("a", claim("Ethernet1", 100));
    assertEquals(commits, fake.commits().size(), "it has what it had");
    Await.until(
        "the VLAN that nobody claims goes",
        PATIENCE,
        () -> trunk(100).equals(fake.at("Ethernet1")));
    leave("a", claim("Ethernet1", 100));
    assertEquals(BEFORE, fake.at("Ethernet1"));
    assertEquals(Set.of(), owned());
  }

  /** Its client may have refreshed with the writer before, which is why nobody else knows it. */
  @Test
  void whatAnEarlierReplicaFoundHasItsTimeAnew() {
    take("a", claim("Ethernet1", 100));
    succeed(FOREVER);
    new FormerPorts(intents, "tor-1").inherit(Set.of(claim("Ethernet1", 100)), Instant.EPOCH);
    writer.start();
    awaitRead();
    take("b", claim("Ethernet2", 200));
    assertEquals(trunk(100), fake.at("Ethernet1"));
  }

  @Test
  void whatItsServiceHasSetBesidesStaysAsLongAndGoesBackToo() {
    String mtu = new PortItem("Ethernet1", PortItem.Aspect.MTU).key();
    fake.set(mtu, new Leaf("1500"));
    Raw found = raw(mtu);
    take("a", claim("Ethernet1", 300));
    assertEquals(new Leaf("9000"), fake.at(mtu));
    succeed(FOREVER);
    writer.start();
    awaitRead();
    take("b", claim("Ethernet2", 100)); // all that was to be repaired is
    assertEquals(new Leaf("9000"), fake.at(mtu));
    succeed(Duration.ofMillis(50));
    writer.start();
    Await.until("it is what it was", PATIENCE, () -> raw(mtu).equals(found));
    Await.until("so is the port", PATIENCE, () -> fake.at("Ethernet1").equals(BEFORE));
  }

  /** Its predecessor died between writing down what the port was and writing the port. */
  @Test
  void anOperatorsVlansOnAPortThatWasOwnedAndNotWrittenAreNobodysToKeep() {
    fake.set("Ethernet1", trunk(100, 200));
    Raw found = raw("Ethernet1");
    new FormerPorts(intents, "tor-1").keep(Map.of("Ethernet1", found));
    succeed(FOREVER);
    writer.start();
    Await.until("the port is let go", PATIENCE, () -> owned().isEmpty());
    assertEquals(found, raw("Ethernet1"));
    assertEquals(Map.of(), new FormerPorts(intents, "tor-1").heirs());
  }

  /** Nobody has forgotten which ports are owned, so all others are somebody else's. */
  @Test
  void aPortThatOnlyLooksLikeOursIsLeftAlone() {
    take("a", claim("Ethernet1", 100));
    fake.set("Ethernet2", trunk(100, 200));
    succeed(Duration.ofMillis(50));
    writer.start();
    Await.until("the port is let go", PATIENCE, () -> owned().isEmpty());
    assertEquals(trunk(100, 200), fake.at("Ethernet2"));
  }

  @Test
  void aPortThatTheSwitchHasNoMoreKeepsNoOtherFromBeingServed() {
    take("a", claim("Ethernet1", 100));
    succeed(FOREVER);
    fake.lacks("Ethernet1");
    writer.start();
    take("b", claim("Ethernet2", 100));
    assertEquals(trunk(100), fake.at("Ethernet2"));
  }

  /** A card that starts with its switch is there later than the rest. */
  @Test
  void aPortThatIsShownLateStillHasItsClients() {
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet3", 100));
    succeed(FOREVER);
    fake.lacks("Ethernet1");
    fake.lacks("Ethernet3");
    writer.start();
    take("c", claim("Ethernet2", 100));
    assertEquals(Set.of("Ethernet1", "Ethernet3"), formers().unseen());
    assertFalse(formers().areOrphaned(), "whoever starts next need not ask all again");
    fake.hasAgain("Ethernet1");
    take("d", claim("Ethernet1", 200));
    assertEquals(trunk(100, 200), fake.at("Ethernet1"));
    fake.hasAgain("Ethernet3");
    fake.tellsOfPorts();
    Await.until("it is looked at", PATIENCE, () -> heirs().contains(claim("Ethernet3", 100)));
    assertEquals(trunk(100), fake.at("Ethernet3"));
    assertEquals(Set.of(), formers().unseen());
  }

  /** It may be shown between the look at who is on it and the change. */
  @Test
  void aPortThatWasNotSeenIsNotWritten() {
    fake.set("Ethernet1", trunk(100));
    formers().keep(Map.of("Ethernet1", BEFORE));
    FormerPorts.orphan(intents, Set.of("tor-1"));
    Ours ours = new Ours(Set.of(100, 200), 4094, Set.of("Ethernet1"), made -> {});
    SwitchPorts ports = new SwitchPorts("tor-1", fake, formers(), ours);
    PortIntent intent = PortIntent.NONE.with("b", claim("Ethernet1", 200));
    fake.lacks("Ethernet1");
    assertEquals(Set.of(), ports.own(intent, Set.of("Ethernet1"), Instant.MAX));
    fake.hasAgain("Ethernet1");
    for (PortIntent each : List.of(intent, PortIntent.NONE)) {
      Failure failure =
          assertThrows(Failure.class, () -> ports.settle(each, Set.of("Ethernet1"), Duration.ZERO));
      assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    }
    assertEquals(trunk(100), fake.at("Ethernet1"));
    assertEquals(
        Set.of(claim("Ethernet1", 100)), ports.own(intent, Set.of("Ethernet1"), Instant.MAX));
    assertEquals(Set.of(), formers().unseen());
  }

  private FormerPorts formers() {
    return new FormerPorts(intents, "tor-1");
  }

  private Set<PortClaim> heirs() {
    return formers().heirs().keySet();
  }

  // ---- what cannot be written down ----

  @Test
  void whatCannotBeWrittenDownIsNotSaidAndWhatNeedsNoWritingGoesOn() {
    take("a", claim("Ethernet1", 100));
    intents.away(true);
    List<String> before = fake.commits();
    Failure refused = assertThrows(Failure.class, () -> take("b", claim("Ethernet2", 200)));
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    assertEquals(
        "cannot write down what is owned: ConfigMap tor-1: nobody answers", refused.getMessage());
    assertEquals(before, fake.commits());
    assertFalse(heard.isSilent(), "the switch has done nothing wrong");
    leave("b", claim("Ethernet2", 200)); // as everybody does who was refused
    take("c", claim("Ethernet1", 200));
    assertEquals(trunk(100, 200), fake.at("Ethernet1"));
    leave("c", claim("Ethernet1", 200));
    assertEquals(trunk(100), fake.at("Ethernet1"));
  }

  @Test
  void whoLeavesLastHasLeftAndTheRestIsDoneWhenItCanBe() {
    take("a", claim("Ethernet1", 100));
    intents.away(true);
    leave("a", claim("Ethernet1", 100));
    assertEquals(BEFORE, fake.at("Ethernet1"));
    assertEquals(Set.of("Ethernet1"), owned());
    intents.away(false);
    Await.until("it is forgotten", PATIENCE, () -> owned().isEmpty());
    assertEquals(BEFORE, fake.at("Ethernet1"));
  }

  /** The switch has all of it: the change that came with a last leave is no worse for that. */
  @Test
  void whatComesTogetherWithALastLeaveIsServed() {
    take("a", claim("Ethernet1", 100));
    take("b", claim("Ethernet2", 200));
    int before = fake.applying();
    fake.hold();
    SwitchWriter.Taking first = writer.begin("c", claim("Ethernet2", 200), PATIENCE, Pairing.NONE);
    Await.until("it is at hand", PATIENCE, () -> fake.applying() > before);
    intents.away(true);
    writer.leaveSoon("a", claim("Ethernet1", 100));
    SwitchWriter.Taking second = writer.begin("d", claim("Ethernet2", 100), PATIENCE, Pairing.NONE);
    fake.release();
    assertEquals(Optional.empty(), first.await());
    assertEquals(Optional.empty(), second.await());
    assertEquals(before + 2, fake.applying(), "one commit");
    assertEquals(BEFORE, fake.at("Ethernet1"));
    assertTrue(owned().contains("Ethernet1"));
    intents.away(false);
    Await.until("it is forgotten", PATIENCE, () -> !owned().contains("Ethernet1"));
    assertEquals(BEFORE, fake.at("Ethernet1"));
    assertEquals(trunk(100, 200), fake.at("Ethernet2"));
  }

  /** Else who comes after this process would not know what to put it back to. */
  @Test
  void aPortWhoseForgettingWasNotAnsweredIsWrittenDownAnewBeforeItIsTakenAgain() {
    FormerPorts formers = new FormerPorts(intents, "tor-1");
    Ours ours = new Ours(Set.of(100), 4094, Set.of("Ethernet1"), made -> {});
    SwitchPorts ports = new SwitchPorts("tor-1", fake, formers, ours);
    formers.keep(Map.of("Ethernet1", BEFORE));
    formers.park("Ethernet2", 4094);
    Set<String> both = Set.of("Ethernet1", "Ethernet2");
    intents.losesReplies(true);
    assertThrows(Failure.class, () -> ports.release(PortIntent.NONE, both));
    intents.losesReplies(false);
    assertEquals(Set.of(), owned());
    PortIntent again =
        PortIntent.NONE.with("a", claim("Ethernet1", 100)).with("b", claim("Ethernet2", 100));
    intents.away(true);
    assertThrows(Failure.class, () -> ports.own(again, both, Instant.MAX));
    intents.away(false);
    ports.own(again, both, Instant.MAX);
    FormerPorts next = new FormerPorts(intents, "tor-1");
    assertEquals(Optional.of(BEFORE), next.find("Ethernet1"));
    assertEquals(Optional.of(new Access(4094)), next.find("Ethernet2"));
    int before = intents.writes();
    ports.own(again, both, Instant.MAX);
    assertEquals(before, intents.writes());
  }

  @Test
  void onlyTheFirstAndTheLastOnAPortAreWritten() {
    take("a", claim("Ethernet1", 100));
    int before = intents.writes();
    take("b", claim("Ethernet1", 200));
    take("b", claim("Ethernet1", 200));
    leave("a", claim("Ethernet1", 100));
    assertEquals(before, intents.writes());
    leave("b", claim("Ethernet1", 200));
    assertEquals(before + 1, intents.writes());
    assertTrue(owned().isEmpty());
  }
}
