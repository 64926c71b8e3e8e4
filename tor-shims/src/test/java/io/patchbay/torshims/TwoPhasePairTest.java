package io.patchbay.torshims;

import static io.patchbay.torshims.TwoSwitches.BEFORE;
import static io.patchbay.torshims.TwoSwitches.trunk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What two switches of a pair are to carry is confirmed at both or at none of them. */
@Timeout(60)
class TwoPhasePairTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Cable PAIR = pair("tor-1", "p1", "tor-2", "p7");

  @TempDir private Path folder;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private TwoSwitches fabric;

  @BeforeEach
  void start() {
    fabric = new TwoSwitches(folder, writers -> List.of(new HoldPort(writers, new Slowly())));
  }

  /** So that whoever can come between two others does. */
  private static final class Slowly implements Time {
    @Override
    public Instant now() {
      LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(1_000_000));
      return Time.system().now();
    }

    @Override
    public long nanos() {
      return Time.system().nanos();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      Time.system().sleep(duration);
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
      return Time.system().schedule(delay, task);
    }
  }

  @AfterEach
  void stop() {
    fabric.fakes.values().forEach(FakeSwitch::release);
    fabric.close();
    threads.close();
  }

  private static Cable pair(String one, String port, String other, String otherPort) {
    String mac = "02:00:00:00:01:00";
    Cable.Pair second = new Cable.Pair(other, otherPort, List.of(), null);
    return new Cable("node-1", mac, one, port, List.of(), second, null);
  }

  private static Cable alone(String port) {
    return new Cable("node-1", "02:00:00:00:02:00", "tor-1", port);
  }

  private FakeSwitch fake(String name) {
    return fabric.fakes.get(name);
  }

  private CompletableFuture<Void> request(String id, int vlan, Cable cable) {
    return request(id, vlan, cable, PATIENCE);
  }

  private CompletableFuture<Void> request(String id, int vlan, Cable cable, Duration patience) {
    return CompletableFuture.runAsync(
        () -> fabric.request(id, "myns", vlan, cable, patience), threads);
  }

  private static Optional<Failure> outcome(CompletableFuture<Void> request) {
    try {
      request.join();
      return Optional.empty();
    } catch (CompletionException e) {
      return Optional.of((Failure) e.getCause());
    }
  }

  private void awaitWaiting(String name, int changes) {
    Await.until(
        changes + " wait at " + name,
        PATIENCE,
        () -> fabric.writers.get(name).load().waiting() == changes);
  }

  private void awaitAt(String name, String port, PortConfig config) {
    Await.until(name + " has " + config, PATIENCE, () -> fake(name).at(port).equals(config));
  }

  /** Nothing is left to do at either, also for those that nobody waits for. */
  private void awaitRest() {
    Await.until(
        "both are at rest",
        PATIENCE,
        () ->
            fabric.writers.values().stream()
                .allMatch(writer ->
                    writer.load().equals(new SwitchLoad(0, Duration.ZERO, 0, Duration.ZERO))));
  }

  @ParameterizedTest
  @CsvSource({"tor-1, p1, tor-2, p7", "tor-2, p7, tor-1, p1"})
  void whatOneRefusesTheOtherNeverConfirms(
      String refuser, String refusedPort, String other, String port) {
    fake(refuser).refuse(100);
    fake(refuser).hold();
    CompletableFuture<Void> request = request("a", 100, PAIR);
    awaitAt(other, port, trunk(100));
    fake(refuser).release();
    Failure failure = outcome(request).orElseThrow();
    assertEquals(Failure.Kind.INVALID, failure.kind());
    awaitRest();
    assertEquals(List.of(), fake(other).commits(), "neither given nor given back");
    assertEquals(List.of("{" + port + "=trunk VLANs 100}"), fake(other).cancels());
    assertEquals(List.of(), fake(refuser).cancels());
    assertEquals(BEFORE, fake(other).at(port));
    List<String> told =
        fabric.history.latest(other, 100).stream().map(History.Event::result).toList();
    assertEquals(
        List.of(
            "invalid: VLAN 100 on port %s of %s, of a pair: the switch does not like trunk VLANs 100"
                .formatted(refusedPort, refuser)),
        told);
    assertTrue(fabric.sessions.all().isEmpty());
  }

  /** What came in one commit with it is made all the same, and once. */
  @Test
  void itsNeighboursDoNotSuffer() {
    fake("tor-1").hold();
    CompletableFuture<Void> busy = request("x", 200, alone("p2"));
    Await.until("the writer is busy", PATIENCE, () -> fake("tor-1").applying() == 1);
    fake("tor-2").refuse(100);
    fake("tor-2").hold();
    CompletableFuture<Void> refused = request("a", 100, PAIR);
    CompletableFuture<Void> neighbour = request("b", 300, alone("p3"));
    CompletableFuture<Void> pair = request("c", 200, pair("tor-2", "p8", "tor-1", "p4"));
    awaitWaiting("tor-1", 3);
    fake("tor-1").release();
    awaitAt("tor-1", "p1", trunk(100));
    fake("tor-2").release();
    assertEquals(Failure.Kind.INVALID, outcome(refused).orElseThrow().kind());
    assertEquals(Optional.empty(), outcome(busy));
    assertEquals(Optional.empty(), outcome(neighbour));
    assertEquals(Optional.empty(), outcome(pair));
    awaitRest();
    assertEquals(
        List.of("{p2=trunk VLANs 200}", "{p3=trunk VLANs 300, p4=trunk VLANs 200}"),
        fake("tor-1").commits());
    assertEquals(1, fake("tor-1").cancels().size());
  }

  @Test
  void whatTheOtherHasRefusedBeforeIsNotEvenWritten() {
    fake("tor-1").hold();
    CompletableFuture<Void> busy = request("x", 200, alone("p2"));
    Await.until("the writer is busy", PATIENCE, () -> fake("tor-1").applying() == 1);
    fake("tor-2").refuse(100);
    CompletableFuture<Void> refused = request("a", 100, PAIR);
    Await.until(
        "the other one has refused",
        PATIENCE,
        () -> fabric.writers.get("tor-2").numbers().failures() == 1);
    awaitWaiting("tor-1", 1);
    fake("tor-1").release();
    assertEquals(Failure.Kind.INVALID, outcome(refused).orElseThrow().kind());
    assertEquals(Optional.empty(), outcome(busy));
    awaitRest();
    assertEquals(List.of("{p2=trunk VLANs 200}"), fake("tor-1").commits());
    assertEquals(List.of(), fake("tor-1").cancels());
  }

  @Test
  void whatCannotEvenWaitAtOneIsNotConfirmedAtTheOther() {
    fabric.writers.get("tor-2").close();
    assertEquals(Failure.Kind.UNAVAILABLE, outcome(request("a", 100, PAIR)).orElseThrow().kind());
    Await.until(
        "the other one has refused",
        PATIENCE,
        () -> fabric.writers.get("tor-1").numbers().failures() == 1);
    awaitRest();
    assertEquals(List.of(), fake("tor-1").commits());
  }

  /** It is back, and slow: who is served by the other one does not wait for it. */
  @Test
  void aSwitchThatIsKnownToBeAwayIsNoTwin() {
    fake("tor-2").reachable(false);
    assertEquals(Optional.empty(), outcome(request("b", 200, PAIR)));
    assertTrue(fabric.writers.get("tor-2").isAway());
    fake("tor-2").hold();
    fake("tor-2").reachable(true);
    CompletableFuture<Void> request = request("a", 100, PAIR, Duration.ofSeconds(3));
    assertEquals(Optional.empty(), outcome(request));
    awaitAt("tor-1", "p1", trunk(100, 200));
    fake("tor-2").release();
    awaitAt("tor-2", "p7", trunk(100, 200));
  }

  /** The successor makes both so, or none. */
  @Test
  void aShimThatEndsMeanwhileConfirmsNothing() {
    fake("tor-2").hold();
    CompletableFuture<Void> request = request("a", 100, PAIR);
    awaitAt("tor-1", "p1", trunk(100));
    CompletableFuture<Void> stopped = CompletableFuture.runAsync(fabric::stop, threads);
    awaitAt("tor-1", "p1", BEFORE);
    assertEquals(List.of(), fake("tor-1").commits());
    fake("tor-2").release();
    stopped.join();
    assertTrue(outcome(request).isPresent());
    fabric.start();
    awaitRest();
    boolean lives = !fabric.sessions.all().isEmpty();
    PortConfig expected = lives ? trunk(100) : BEFORE;
    awaitAt("tor-1", "p1", expected);
    awaitAt("tor-2", "p7", expected);
  }

  @Test
  void whatComesTogetherIsOneCommitAtEachInWhicheverOrderTheCablesNameThem() {
    fabric.fakes.values().forEach(FakeSwitch::hold);
    List<CompletableFuture<Void>> all = new ArrayList<>(List.of(request("x", 200, PAIR)));
    fabric
        .fakes
        .values()
        .forEach(fake -> Await.until("the writer is busy", PATIENCE, () -> fake.applying() == 1));
    for (int i = 0; i < 64; i++) {
      String port = "q" + i;
      all.add(
          request(
              "c" + i,
              100,
              i % 2 == 0
                  ? pair("tor-1", port, "tor-2", port)
                  : pair("tor-2", port, "tor-1", port)));
    }
    fabric.writers.keySet().forEach(name -> awaitWaiting(name, 64));
    fabric.fakes.values().forEach(FakeSwitch::release);
    all.forEach(request -> assertEquals(Optional.empty(), outcome(request)));
    fabric.fakes.values().forEach(fake -> assertEquals(2, fake.commits().size()));
    fabric.fakes.values().forEach(fake -> assertEquals(List.of(), fake.cancels()));
  }

  /** The other one answers, only not in time. */
  @Test
  void neitherIsConfirmedWhenNobodyWaitsAnyMore() {
    fake("tor-2").hold();
    CompletableFuture<Void> request = request("a", 100, PAIR, Duration.ofSeconds(3));
    assertEquals(Failure.Kind.TIMEOUT, outcome(request).orElseThrow().kind());
    awaitAt("tor-1", "p1", BEFORE);
    fake("tor-2").release();
    awaitRest();
    for (FakeSwitch fake : fabric.fakes.values()) {
      assertEquals(List.of(), fake.commits());
      assertEquals(1, fake.cancels().size());
    }
  }

  @Test
  void aSwitchWhoseCommitsHaveNoHalvesGivesBack() {
    fake("tor-1").confirmsNothing();
    fake("tor-2").refuse(100);
    fake("tor-2").hold();
    CompletableFuture<Void> request = request("a", 100, PAIR);
    awaitAt("tor-1", "p1", trunk(100));
    fake("tor-2").release();
    assertEquals(Failure.Kind.INVALID, outcome(request).orElseThrow().kind());
    awaitAt("tor-1", "p1", BEFORE);
    assertEquals(2, fake("tor-1").commits().size());
  }

  @Test
  void aSwitchWithHalvesIsNotConfirmedWhereTheOneWithoutRefuses() {
    fake("tor-2").confirmsNothing();
    fake("tor-2").refuse(100);
    fake("tor-2").hold();
    CompletableFuture<Void> request = request("a", 100, PAIR);
    awaitAt("tor-1", "p1", trunk(100));
    fake("tor-2").release();
    assertEquals(Failure.Kind.INVALID, outcome(request).orElseThrow().kind());
    awaitRest();
    assertEquals(List.of(), fake("tor-1").commits());
  }

  /** Each is on its way to both switches; the one that is first at one is first at the other. */
  @Test
  void ofTwoThatExcludeEachOtherOneGetsIn() {
    fabric.wishes = vlan -> vlan == 100 ? PortWish.NONE : fenced();
    for (int i = 0; i < 50; i++) {
      fabric.fakes.values().forEach(FakeSwitch::hold);
      Map<FakeSwitch, Integer> before = new HashMap<>();
      fabric.fakes.values().forEach(fake -> before.put(fake, fake.applying()));
      CompletableFuture<Void> busy = request("x" + i, 100, pair("tor-1", "p2", "tor-2", "p2"));
      before.forEach((fake, turns) ->
          Await.until("the writer is busy", PATIENCE, () -> fake.applying() > turns));
      Map<String, CompletableFuture<Void>> both =
          Map.of("a" + i, request("a" + i, 100, PAIR), "b" + i, request("b" + i, 200, PAIR));
      fabric.writers.keySet().forEach(name -> awaitWaiting(name, 2));
      fabric.fakes.values().forEach(FakeSwitch::release);
      long served = both.values().stream().filter(each -> outcome(each).isEmpty()).count();
      assertEquals(1, served, "round " + i);
      assertEquals(Optional.empty(), outcome(busy));
      both.keySet().forEach(fabric::close);
      fabric.close("x" + i);
      fabric.writers.forEach((name, writer) ->
          Await.until(name + " has none left", PATIENCE, () -> writer.view().ports().isEmpty()));
    }
  }

  private static PortWish fenced() {
    BoundAcls acls = new BoundAcls(new BoundAcls.Named("web", null), null);
    return new PortWish(
        "fenced", new FabricService.Port(null, false, acls, new BoundPolicies(null, null)));
  }
}
