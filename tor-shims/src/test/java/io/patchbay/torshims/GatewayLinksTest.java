package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Sessions;
import io.patchbay.torshims.SwitchPorts.Ours;
import io.patchbay.torshims.TorShimChain.Plant;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of clients whose service loses its gateway ports, in virtual time. */
class GatewayLinksTest {
  private static final Duration FOREVER = Duration.ofHours(10);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration DEAD = Duration.ofMinutes(5);
  private static final Duration LOOK = LinkWatch.INTERVAL.plusSeconds(1);
  private static final Cable CABLE = new Cable("node-1", "02:00:00:00:01:00", "tor-1", "p1");
  private static final Map<String, Integer> VLANS = Map.of("red", 100, "blue", 200, "bare", 300);
  private static final FabricServices SERVICES =
      Json.parseYaml(
          "f.yaml",
          """
          domain: example.com
          services:
            - {name: red, vlans: ["100"], addresses: {prefix: 10.1.0.0/24, gateway: 10.1.0.1},
               gatewayPorts: [{switch: tor-1, port: g1}, {switch: tor-2, port: g2}]}
            - {name: blue, vlans: ["200"], addresses: {prefix: 10.2.0.0/24, gateway: 10.2.0.1},
               gatewayPorts: [{switch: tor-2, port: g2}]}
            - {name: bare, vlans: ["300"], addresses: {prefix: 10.3.0.0/24, gateway: 10.3.0.1}}
          """,
          FabricServices.class);

  @TempDir private Path folder;
  private final FakeTime time = new FakeTime();
  private final Map<String, FakeSwitch> fakes =
      Map.of("tor-1", new FakeSwitch(), "tor-2", new FakeSwitch());
  private final Map<String, SwitchWriter> writers = new TreeMap<>();

  /** By connection, what those who watch would have been told: DOWN is true. */
  private final Map<String, List<Boolean>> told = new TreeMap<>();

  private final Map<String, Connection> agreed = new TreeMap<>();
  private Journal journal;
  private Sessions sessions;
  private Plant plant;
  private Chain chain;

  @BeforeEach
  void begin() {
    start();
    links(true, true);
  }

  private void start() {
    journal = Journal.open(folder.resolve("fabric"));
    fakes.keySet().forEach(name -> writers.put(name, writer(name)));
    sessions = Sessions.inMemory(time);
    plant =
        new Plant(
            SERVICES,
            new Cables(List.of(CABLE)),
            new Segments(SERVICES, journal),
            new Addresses(SERVICES),
            writers,
            new CheckNode(SERVICES.identities(), Optional.empty()));
    chain =
        Chain.of(
            List.of(
                sessions,
                new HoldGateway(
                    SERVICES,
                    new Gateways(SERVICES, writers, time),
                    new GatewayLinks(SERVICES, writers),
                    time),
                new HoldPort(writers, time),
                (call, next) -> call.connection()));
    writers.values().forEach(SwitchWriter::start);
  }

  @AfterEach
  void stop() {
    writers.values().forEach(SwitchWriter::close);
    journal.close();
  }

  private SwitchWriter writer(String name) {
    Set<String> gateways = Set.of(name.equals("tor-1") ? "g1" : "g2");
    Ours ours =
        new Ours(
            Set.of(100, 200, 300),
            4094,
            Set.of("p1"),
            Map.of(),
            gateways,
            made -> {},
            vlan -> PortWish.NONE);
    SwitchPorts ports =
        new SwitchPorts(name, fakes.get(name), new FormerPorts(journal, name), ours);
    PortLinks links = new PortLinks(journal, name, ours.ports(), Optional.of(DEAD));
    SwitchWriter writer =
        new SwitchWriter(
            name,
            ports,
            Rig.deaf(name, links),
            new SwitchWriter.Terms(FOREVER, FOREVER, latch -> time.advance(PATIENCE)),
            new SwitchAccount(name, History.none(), new CommitMeasures(), time),
            time);
    writer.onLinkChange(this::review);
    return writer;
  }

  /** As {@link io.patchbay.mesh.Announce} does. */
  private void review() {
    agreed.forEach((id, connection) -> {
      List<Boolean> mine = told.computeIfAbsent(id, key -> new ArrayList<>());
      boolean cut = plant.isCut(connection);
      if (cut != (!mine.isEmpty() && mine.getLast())) {
        mine.add(cut);
      }
    });
  }

  private List<Boolean> told(String id) {
    return told.getOrDefault(id, List.of());
  }

  private void request(String id, String service) {
    Mechanism located = Plug.located(Mechanism.getDefaultInstance(), CABLE);
    Connection connection =
        Connections.arrived(id, time).toBuilder()
            .setNetworkService(service + "@example.com")
            .setMechanism(Plug.tagged(located, VLANS.get(service)))
            .build();
    Call call =
        Call.of(connection, List.of(), new Cause.Asked(), time.now().plus(Duration.ofMinutes(1)));
    agreed.put(id, chain.request(call));
  }

  private void close(String id) {
    agreed.remove(id);
    sessions.close("here-" + id);
    time.advance(PATIENCE);
  }

  /** What the switches tell of the gateway ports, and that they have been asked. */
  private void links(boolean first, boolean second) {
    fakes.get("tor-1").links(Map.of("p1", true, "g1", first));
    fakes.get("tor-2").links(Map.of("g2", second));
    time.advance(LOOK);
  }

  /** Each service has a client, and every port has been seen with a link. */
  private void arrive() {
    VLANS.keySet().forEach(service -> request(service, service));
    time.advance(LOOK);
  }

  @Test
  void aServiceIsDownWhileAllOfItsGatewayPortsAre() {
    arrive();
    links(true, false);
    assertEquals(List.of(true), told("blue"), "it has no other");
    assertEquals(List.of(), told("red"), "frames take the other one");
    links(false, false);
    assertEquals(List.of(true), told("red"));
    links(true, false);
    assertEquals(List.of(true, false), told("red"));
    assertEquals(List.of(true), told("blue"));
    links(true, true);
    assertEquals(List.of(true, false), told("blue"));
    assertEquals(List.of(), told("bare"), "its gateway is somebody else's matter");
  }

  /** Nobody ever plugged a cable there: that is no way out, and no loss either. */
  @Test
  void aGatewayPortThatNeverHadALinkNeitherFailsNorHelps() {
    links(true, false);
    arrive();
    assertEquals(List.of(), told("blue"));
    assertEquals(List.of(), told("red"));
    links(false, false);
    assertEquals(List.of(true), told("red"));
    assertEquals(List.of(), told("blue"));
    links(false, true);
    assertEquals(List.of(true, false), told("red"));
  }

  /** Else clients would be let in, told DOWN, and come again for ever. */
  @ParameterizedTest
  @CsvSource({"true, false", "false, true"})
  void aServiceThatIsDownStaysSoWithoutClientsUntilAGatewayPortHasALink(
      boolean first, boolean second) {
    links(true, false);
    arrive();
    links(false, false);
    assertEquals(List.of(true), told("red"));
    VLANS.keySet().forEach(this::close);
    for (int i = 0; i < 3; i++) {
      time.advance(LOOK);
      assertThrows(Failure.class, () -> request("new", "red"));
    }
    time.advance(Duration.ofHours(1));
    assertThrows(Failure.class, () -> request("new", "red"));
    links(first, second);
    request("new", "red");
    time.advance(LOOK);
    assertEquals(List.of(), told("new"));
  }

  /** A switch that does not tell of its links may well pass the frames. */
  @Test
  void aGatewayPortOfWhichItsSwitchDoesNotTellMayHaveALink() {
    fakes.get("tor-2").links(Map.of());
    request("red", "red");
    time.advance(LOOK);
    fakes.get("tor-1").links(Map.of("p1", true, "g1", false));
    time.advance(LOOK);
    assertEquals(List.of(), told("red"));
  }

  @Test
  void aSwitchThatCountsAsDeadTakesItsGatewayPortsAlong() {
    arrive();
    fakes.get("tor-2").reachable(false);
    time.advance(DEAD.minusMinutes(1));
    assertEquals(List.of(), told("blue"));
    time.advance(Duration.ofMinutes(4));
    assertEquals(List.of(true), told("blue"));
    assertEquals(List.of(), told("red"));
    fakes.get("tor-2").reachable(true);
    time.advance(LinkWatch.SELDOM.plus(LOOK));
    assertEquals(List.of(true, false), told("blue"));
  }

  /** Else whoever heals would be led back to where it comes from. */
  @Test
  void nobodyNewComesToAServiceThatIsDownAndWhoIsThereStays() {
    arrive();
    links(true, false);
    Failure refused = assertThrows(Failure.class, () -> request("new", "blue"));
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    assertTrue(
        refused.getMessage().contains("none of [g2 of switch tor-2] has a link"),
        refused::getMessage);
    request("blue", "blue");
    request("new", "red");
    close("blue");
    close("red");
    close("new");
    time.advance(LOOK);
    assertThrows(
        Failure.class, () -> request("new", "blue"), "that nobody was there mends nothing");
    links(true, true);
    request("new", "blue");
    assertFalse(plant.isCut(agreed.get("new")));
  }

  @ParameterizedTest
  @CsvSource({"true, false", "false, true"})
  void whatHasFailedIsNotForgottenWithTheProcess(boolean first, boolean second) {
    arrive();
    links(first, second);
    stop();
    start();
    assertEquals(!second, new GatewayLinks(SERVICES, writers).areCut("blue"));
    assertFalse(new GatewayLinks(SERVICES, writers).areCut("red"));
    assertFalse(new GatewayLinks(SERVICES, writers).areCut("left the file"));
  }
}
