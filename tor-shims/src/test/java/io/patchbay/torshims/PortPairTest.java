package io.patchbay.torshims;

import static io.patchbay.torshims.TwoSwitches.BEFORE;
import static io.patchbay.torshims.TwoSwitches.trunk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cable that leads to two switches: both ports carry what the connection has, or none. */
@Timeout(60)
class PortPairTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Cable PAIR =
      new Cable(
          "node-1",
          "02:00:00:00:01:00",
          "tor-1",
          "p1",
          List.of(),
          new Cable.Pair("tor-2", "p7", List.of(), null),
          null);
  private static final Cable ALONE = new Cable("node-1", "02:00:00:00:01:00", "tor-1", "p1");

  @TempDir private Path folder;
  private TwoSwitches fabric;

  @BeforeEach
  void start() {
    fabric = new TwoSwitches(folder, writers -> List.of(new HoldPort(writers, Time.system())));
  }

  @AfterEach
  void stop() {
    fabric.close();
  }

  private FakeSwitch first() {
    return fabric.first();
  }

  private FakeSwitch second() {
    return fabric.second();
  }

  private void request(String id, int vlan, Cable cable) {
    request(id, vlan, cable, PATIENCE);
  }

  private void request(String id, int vlan, Cable cable, Duration patience) {
    fabric.request(id, "myns", vlan, cable, patience);
  }

  private void request(int vlan) {
    request("a", vlan, PAIR);
  }

  private Failure refusal(int vlan) {
    return assertThrows(Failure.class, () -> request(vlan));
  }

  private void close(String id) {
    fabric.close(id);
  }

  private void assertCarries(PortConfig one, PortConfig other) {
    assertEquals(List.of(one, other), List.of(first().at("p1"), second().at("p7")));
  }

  private void awaitCarries(PortConfig one, PortConfig other) {
    Await.until(
        "the ports are " + one + " and " + other,
        PATIENCE,
        () -> first().at("p1").equals(one) && second().at("p7").equals(other));
  }

  @Test
  void bothCarryItUntilItIsClosed() {
    request(100);
    assertCarries(trunk(100), trunk(100));
    request(100);
    assertEquals(1, first().commits().size(), "a refresh asks nothing");
    close("a");
    assertEquals(BEFORE, first().at("p1"));
    awaitCarries(BEFORE, BEFORE);
  }

  /** Nobody has to wait for a switch that does not answer to be rid of what the other one has. */
  @Test
  void theFirstIsLeftWhateverTheSecondDoes() {
    request(100);
    second().hold();
    close("a");
    assertCarries(BEFORE, trunk(100));
    second().release();
    awaitCarries(BEFORE, BEFORE);
  }

  /** It answers, only not in time: then it forwards, too, and would lose half of the packets. */
  @Test
  void aSwitchThatIsThereAndLateIsARefusal() {
    second().hold();
    Failure late =
        assertThrows(Failure.class, () -> request("a", 100, PAIR, Duration.ofSeconds(3)));
    assertEquals(Failure.Kind.TIMEOUT, late.kind());
    second().release();
    awaitCarries(BEFORE, BEFORE);
  }

  /** What was put off is not forgotten because somebody is in the way when the switch is back. */
  @Test
  void whatWasPutOffWaitsForALockToo() {
    putOff();
    second().locked(true);
    second().release();
    Await.until(
        "it is in doubt",
        PATIENCE,
        () -> !fabric.writers.get("tor-2").view().ports().getFirst().unsettled().isEmpty());
    second().locked(false);
    awaitCarries(trunk(100), trunk(100));
  }

  /** A switch that was away is held up as it comes back: the request is not answered by it. */
  private void putOff() {
    second().reachable(false);
    request("b", 100, PAIR);
    assertTrue(fabric.writers.get("tor-2").isAway());
    close("b");
    second().hold();
    second().reachable(true);
    request(100);
    assertCarries(trunk(100), BEFORE);
  }

  /** Neither waits for the other: what takes a switch seconds takes the two no longer. */
  @Test
  void bothAreWrittenAtTheSameTime() throws Exception {
    first().hold();
    second().hold();
    FutureTask<Void> asked = new FutureTask<>(() -> request(100), null);
    Thread.ofVirtual().start(asked);
    Await.until(
        "both are being written",
        PATIENCE,
        () -> first().applying() == 1 && second().applying() == 1);
    first().release();
    second().release();
    asked.get();
    assertCarries(trunk(100), trunk(100));
  }

  @Test
  void whatOneRefusesTheOtherGivesBack() {
    second().refuse(100);
    Failure refusal = refusal(100);
    assertEquals(Failure.Kind.INVALID, refusal.kind());
    awaitCarries(BEFORE, BEFORE);
    assertTrue(fabric.sessions.all().isEmpty());
  }

  /** Somebody is at work on a switch that forwards: to leave it out would lose half the packets. */
  @Test
  void aLockThatSomebodyHoldsIsARefusal() {
    second().locked(true);
    assertTrue(LockHeld.isBehind(refusal(100)));
    awaitCarries(BEFORE, BEFORE);
  }

  @Test
  void aSwitchThatIsAwayIsCaughtUpWith() {
    second().reachable(false);
    request(100);
    assertCarries(trunk(100), BEFORE);
    second().reachable(true);
    awaitCarries(trunk(100), trunk(100));
    close("a");
    awaitCarries(BEFORE, BEFORE);
  }

  @Test
  void whatIsClosedWhileASwitchIsAwayIsGoneWhenItIsBack() {
    request(100);
    first().reachable(false);
    request("b", 200, PAIR);
    Thread.ofVirtual().start(() -> close("a"));
    Await.until("one is rid of it", PATIENCE, () -> second().at("p7").equals(trunk(200)));
    assertEquals(trunk(100), first().at("p1"));
    first().reachable(true);
    awaitCarries(trunk(200), trunk(200));
  }

  @Test
  void aRestartKnowsWhatIsStillToBeDone() {
    second().reachable(false);
    request(100);
    fabric.stop();
    second().reachable(true);
    fabric.start();
    awaitCarries(trunk(100), trunk(100));
    close("a");
    awaitCarries(BEFORE, BEFORE);
  }

  @Test
  void withoutBothItIsRefused() {
    fabric.fakes.values().forEach(fake -> fake.reachable(false));
    assertEquals(Failure.Kind.UNAVAILABLE, refusal(100).kind());
    fabric.fakes.values().forEach(fake -> fake.reachable(true));
    request("b", 200, PAIR);
    awaitCarries(trunk(200), trunk(200));
  }

  /** Refused when nobody waits any more: the one that is there keeps the client, for now. */
  @Test
  void whatWasRefusedTooLateIsTriedAgainByTheRefresh() {
    putOff();
    second().refuse(100);
    second().release();
    Await.until(
        "it is refused", PATIENCE, () -> fabric.writers.get("tor-2").view().ports().isEmpty());
    request(100);
    assertCarries(trunk(100), BEFORE);
    second().takes(100);
    request(100);
    awaitCarries(trunk(100), trunk(100));
  }

  @Test
  void aSecondSwitchThatIsGoneForGoodKeepsNobody() {
    request(100);
    fabric.writers.remove("tor-2").close();
    fabric.link();
    request("a", 100, ALONE);
    close("a");
    assertEquals(BEFORE, first().at("p1"));
    assertTrue(fabric.sessions.all().isEmpty());
  }

  @Test
  void aCableThatBecomesAPairIsFollowedAndBack() {
    request("a", 100, ALONE);
    assertCarries(trunk(100), BEFORE);
    request("a", 100, PAIR);
    assertCarries(trunk(100), trunk(100));
    request("a", 100, ALONE);
    awaitCarries(trunk(100), BEFORE);
  }

  /** A living connection stays whatever becomes of the port that is new to it. */
  @Test
  void aCableThatBecomesAPairWithASwitchThatIsAwayEndsNothing() {
    request("a", 100, ALONE);
    second().reachable(false);
    request("a", 100, PAIR);
    second().reachable(true);
    awaitCarries(trunk(100), trunk(100));
  }

  @Test
  void onlyBothLinksTogetherAreALoss() {
    request(100);
    Connection connection = fabric.sessions.all().iterator().next().connection();
    Map<String, Boolean> up = new HashMap<>(Map.of("p1", true, "p7", true));
    tellLinks(up);
    tellLinks(Map.of("p1", false, "p7", true));
    assertTrue(!cut(connection));
    request("b", 100, PAIR);
    tellLinks(Map.of("p1", false, "p7", false));
    assertTrue(cut(connection));
    assertEquals(Failure.Kind.UNAVAILABLE, refusalOf("c").kind());
    tellLinks(Map.of("p1", true, "p7", false));
    assertTrue(!cut(connection));
    request("c", 100, PAIR);
  }

  private Failure refusalOf(String id) {
    return assertThrows(Failure.class, () -> request(id, 100, PAIR));
  }

  private void tellLinks(Map<String, Boolean> links) {
    fabric.writers.forEach((name, writer) -> {
      String port = name.equals("tor-1") ? "p1" : "p7";
      var unused =
          writer.links().told(Map.of(port, links.get(port)), Set.of(port), Time.system().now());
    });
  }

  private boolean cut(Connection connection) {
    return new TorShimChain.Plant(
            ModelFabric.FABRIC,
            new Cables(List.of()),
            new Segments(ModelFabric.FABRIC, fabric.kept),
            new Addresses(ModelFabric.FABRIC),
            fabric.writers,
            new CheckNode(ModelFabric.FABRIC.identities(), java.util.Optional.empty()))
        .isCut(connection);
  }
}
