package io.patchbay.torshims;

import static io.patchbay.torshims.TwoSwitches.BEFORE;
import static io.patchbay.torshims.TwoSwitches.trunk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service's gateway ports carry its VLAN from its first connection to its last one. */
@Timeout(60)
class GatewayPortTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Cable ONE = new Cable("node-1", "02:00:00:00:01:00", "tor-1", "p1");
  private static final Cable OTHER = new Cable("node-2", "02:00:00:00:02:00", "tor-1", "p2");
  private static final Map<String, Integer> VLANS = Map.of("red", 100, "blue", 200);
  private static final String FABRIC =
      """
      domain: example.com
      services:
        - {name: red, vlans: ["100"], addresses: {prefix: 10.1.0.0/24, gateway: 10.1.0.1},
           gatewayPorts: [{switch: tor-1, port: g1}, {switch: tor-2, port: g2}]}
        - {name: blue, vlans: ["200"], addresses: {prefix: 10.2.0.0/24, gateway: 10.2.0.1},
           gatewayPorts: [{switch: tor-2, port: g2}]}
      """;

  @TempDir private Path folder;
  private FabricServices services = Json.parseYaml("f.yaml", FABRIC, FabricServices.class);
  private TwoSwitches fabric;

  @BeforeEach
  void start() {
    fabric =
        new TwoSwitches(
            folder,
            writers ->
                List.of(
                    new HoldGateway(
                        services,
                        new Gateways(services, writers, Time.system()),
                        new GatewayLinks(services, writers),
                        Time.system()),
                    new HoldPort(writers, Time.system())));
  }

  @AfterEach
  void stop() {
    fabric.close();
  }

  private void request(String id, String service, Cable cable) {
    fabric.request(id, service, VLANS.get(service), cable, PATIENCE);
  }

  private Failure refusal(String id, String service) {
    return assertThrows(Failure.class, () -> request(id, service, ONE));
  }

  private void assertGateways(PortConfig first, PortConfig second) {
    assertEquals(
        List.of(first, second), List.of(fabric.first().at("g1"), fabric.second().at("g2")));
  }

  private void awaitGateways(PortConfig first, PortConfig second) {
    Await.until(
        "the gateway ports are " + first + " and " + second,
        PATIENCE,
        () -> fabric.first().at("g1").equals(first) && fabric.second().at("g2").equals(second));
  }

  @Test
  void theFirstBringsThemAndTheLastGivesThemBack() {
    request("a", "red", ONE);
    assertGateways(trunk(100), trunk(100));
    int commits = fabric.second().commits().size();
    request("b", "red", OTHER);
    request("a", "red", ONE);
    assertEquals(commits, fabric.second().commits().size(), "whoever comes later asks nothing");
    fabric.close("a");
    assertEquals(BEFORE, fabric.first().at("p1"));
    assertGateways(trunk(100), trunk(100));
    fabric.close("b");
    awaitGateways(BEFORE, BEFORE);
  }

  @Test
  void servicesShareThem() {
    request("a", "red", ONE);
    request("b", "blue", ONE);
    assertGateways(trunk(100), trunk(100, 200));
    fabric.close("a");
    awaitGateways(BEFORE, trunk(200));
  }

  /** The port of a client must not be on a service whose gateway has been refused. */
  @Test
  void aRefusalOfAGatewayLeavesNothing() {
    fabric.second().refuse(100);
    assertEquals(Failure.Kind.INVALID, refusal("a", "red").kind());
    awaitGateways(BEFORE, BEFORE);
    assertEquals(BEFORE, fabric.first().at("p1"));
    assertTrue(fabric.sessions.all().isEmpty());
    fabric.second().takes(100);
    request("a", "red", ONE);
    assertGateways(trunk(100), trunk(100));
  }

  @Test
  void oneWhoseSwitchIsAwayIsSetWhenItIsBack() {
    fabric.second().reachable(false);
    request("a", "red", ONE);
    assertGateways(trunk(100), BEFORE);
    assertEquals(Failure.Kind.UNAVAILABLE, refusal("b", "blue").kind(), "it has no other");
    fabric.second().reachable(true);
    awaitGateways(trunk(100), trunk(100));
  }

  /** Else the second would be told that it is on a service whose gateway is yet to be set. */
  @Test
  void whoComesMeanwhileWaitsToo() throws Exception {
    fabric.second().hold();
    FutureTask<Void> first = new FutureTask<>(() -> request("a", "red", ONE), null);
    Thread.ofVirtual().start(first);
    Await.until("it is being written", PATIENCE, () -> fabric.second().applying() == 1);
    assertThrows(
        Failure.class, () -> fabric.request("b", "red", 100, OTHER, Duration.ofSeconds(3)));
    fabric.second().release();
    first.get();
    assertGateways(trunk(100), trunk(100));
    assertEquals(BEFORE, fabric.first().at("p2"));
  }

  @Test
  void aRestartKnowsWhoIsThere() {
    request("a", "red", ONE);
    fabric.stop();
    fabric.second().set("g2", trunk(7));
    fabric.start();
    awaitGateways(trunk(100), trunk(100));
    request("b", "red", OTHER);
    fabric.close("a");
    assertGateways(trunk(100), trunk(100));
    fabric.close("b");
    awaitGateways(BEFORE, BEFORE);
  }

  /** Nobody waited any more when the switch refused: whoever comes next does. */
  @Test
  void whatWasPutOffAndThenRefusedIsAskedForAgain() {
    fabric.second().reachable(false);
    request("z", "red", ONE);
    fabric.close("z");
    awaitGateways(BEFORE, BEFORE);
    fabric.second().hold();
    fabric.second().reachable(true);
    request("a", "red", ONE); // it was away: it is waited for but a moment
    assertGateways(trunk(100), BEFORE);
    fabric.second().refuse(100);
    fabric.second().release();
    Await.until(
        "it is refused", PATIENCE, () -> fabric.writers.get("tor-2").view().ports().isEmpty());
    request("a", "red", ONE);
    assertEquals(Failure.Kind.INVALID, refusal("b", "red").kind());
    fabric.second().takes(100);
    request("a", "red", ONE);
    awaitGateways(trunk(100), trunk(100));
  }

  /** It was new in the file, or the switch has changed its mind: a restart has not asked it. */
  @Test
  void whoComesAfterARestartIsNotToldOfWhatWasNotAsked() {
    services =
        Json.parseYaml(
            "f.yaml",
            FABRIC.replaceFirst(", \\{switch: tor-2, port: g2}", ""),
            FabricServices.class);
    fabric.stop();
    fabric.start();
    request("a", "red", ONE);
    fabric.stop();
    services = Json.parseYaml("f.yaml", FABRIC, FabricServices.class);
    fabric.second().refuse(100);
    fabric.start();
    request("a", "red", ONE); // it lives, and stays
    assertEquals(Failure.Kind.INVALID, refusal("b", "red").kind());
    fabric.second().takes(100);
    request("b", "red", OTHER);
    assertGateways(trunk(100), trunk(100));
  }

  @Test
  void aConnectionThatAsksForAnotherServiceKeepsWhatItHas() {
    request("a", "red", ONE);
    assertEquals(Failure.Kind.CONFLICT, refusal("a", "blue").kind());
    assertGateways(trunk(100), trunk(100));
  }

  /** Such names are the shim's own, among the connections of a switch. */
  @Test
  void anIdWithASpaceIsRefused() {
    assertThrows(
        Failure.class, () -> fabric.request("gateway of red on g1", "red", 100, ONE, PATIENCE));
    assertTrue(fabric.sessions.all().isEmpty());
  }

  /** What the file no longer says a port is, is given back by the process that follows it. */
  @Test
  void theFileIsFollowed() {
    request("a", "red", ONE);
    fabric.stop();
    services =
        Json.parseYaml(
            "f.yaml",
            FABRIC.replaceFirst("\\{switch: tor-1, port: g1}, ", ""),
            FabricServices.class);
    fabric.start();
    awaitGateways(BEFORE, trunk(100));
    fabric.stop();
    services = Json.parseYaml("f.yaml", FABRIC, FabricServices.class);
    fabric.start();
    awaitGateways(trunk(100), trunk(100));
  }
}
