package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.fabric.Claim;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.sockets.Channels;
import io.patchbay.torshims.lease.FakeEtcd;
import io.patchbay.torshims.lease.FakeLease;
import io.patchbay.torshims.lease.Handover;
import io.patchbay.torshims.lease.Lease;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two replicas of a shim in one world, with one switch, one registry and one name. */
@Timeout(120)
class ReplicasTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String PF2 = "02:00:00:00:02:ab";

  @TempDir private Path folder;
  private final Stack opened = new Stack();
  private final List<Failure> ends = new CopyOnWriteArrayList<>();
  private Rig rig;
  private String factory;

  @BeforeEach
  void build() throws IOException {
    rig = opened.push(new Rig(folder));
    factory = rig.tor.runningConfig();
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  /** With the same files and the same state folder. */
  private TorShim replica() {
    return opened.push(
        TorShim.start(config(rig.environment), Optional.empty(), ends::add, Time.system()));
  }

  /** With a disk of its own. */
  private TorShim replica(String disk, Lease lease) {
    Map<String, String> environment = new HashMap<>(rig.environment);
    environment.put("PATCHBAY_STATE_DIR", folder.resolve(disk).toString());
    return opened.push(
        TorShim.start(config(environment), Optional.empty(), ends::add, lease, Time.system()));
  }

  private static TorShimConfig config(Map<String, String> environment) {
    return Environment.read(TorShimConfig.class, environment);
  }

  private NetworkServiceEndpoint registered() {
    return Kind.ENDPOINTS.find(rig.registries.endpoints(), "tor-shim").orElseThrow();
  }

  @Test
  void oneServesAndTheOtherFollowsAtOnceWhenItIsStopped() {
    TorShim first = replica();
    TorShim second = replica();
    assertTrue(first.writes());
    assertFalse(second.writes());
    Await.until("registered", PATIENCE, first::registered);
    assertEquals(first.url().toString(), registered().getUrl());
    rig.shim = first;
    Connection a = rig.request("a", "myns", "node-1", PF1);
    String running = rig.tor.runningConfig();
    first.close();
    Await.until("the second serves", PATIENCE, second::registered);
    assertTrue(second.writes());
    assertEquals(second.url().toString(), registered().getUrl());
    assertEquals(running, rig.tor.runningConfig());
    rig.shim = second;
    Connection again = rig.request(Duration.ofMinutes(10), a);
    assertEquals(a.getMechanism(), again.getMechanism());
    assertEquals(a.getContext(), again.getContext());
    assertEquals(running, rig.tor.runningConfig());
    rig.close(again);
    assertEquals(factory, rig.tor.runningConfig(), "what it was before the first replica");
    assertEquals(List.of(), ends);
  }

  @Test
  void whoStandsByLooksAtItsFilesAtOnce() throws IOException {
    TorShim first = replica();
    Path cables = Path.of(rig.environment.get("PATCHBAY_CABLES_FILE"));
    Files.writeString(cables, FabricFilesTest.CABLES.replace("Ethernet2", "Ethernet1"));
    Failure failure = assertThrows(Failure.class, this::replica);
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.getMessage().contains("cables[1].port"), failure.getMessage());
    assertTrue(first.writes());
  }

  @Test
  void whoStandsByTellsPrometheusSo() throws IOException, InterruptedException {
    TorShim first = replica();
    String address;
    try (ServerSocket free = new ServerSocket(0)) {
      address = "127.0.0.1:" + free.getLocalPort();
    }
    rig.environment.put("PROMETHEUS", "true");
    rig.environment.put("NSM_PROMETHEUS_LISTEN_ON", address);
    TorShim second = replica();
    assertTrue(scrape(address).contains("patchbay_shim_writer 0.0"), scrape(address));
    assertFalse(scrape(address).contains("patchbay_switch"), scrape(address));
    first.close();
    Await.until("the second serves", PATIENCE, second::registered);
    assertTrue(scrape(address).contains("patchbay_shim_writer 1.0"), scrape(address));
    assertTrue(scrape(address).contains("patchbay_switch_waiting_changes"), scrape(address));
  }

  private static String scrape(String address) throws IOException, InterruptedException {
    URI uri = URI.create("http://" + address + "/metrics");
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }

  @Test
  void whoLosesTheLeaseWritesNoMoreAndLeavesTheRegistryToTheOther() {
    FakeLease lease = new FakeLease().pace(Duration.ofMillis(20));
    TorShim first = replica("first", lease);
    Await.until("registered", PATIENCE, first::registered);
    rig.shim = first;
    Connection a = rig.request("a", "myns", "node-1", PF1);
    String running = rig.tor.runningConfig();
    lease.free(false);
    Await.until("it steps down", PATIENCE, () -> !ends.isEmpty());
    assertEquals("somebody has taken the lease", ends.getFirst().getMessage());
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> rig.request("b", "other", "node-2", PF2));
    assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode(), refused::getMessage);
    rig.close(a);
    assertEquals(running, rig.tor.runningConfig());
    first.close();
    assertEquals(first.url().toString(), registered().getUrl(), "it may be another's by now");
    assertEquals(1, ends.size());
  }

  @Test
  void whoCannotBeginWhenItIsItsTurnEndsAndLetsAnotherTry() throws IOException {
    FakeLease lease = new FakeLease().free(false).pace(Duration.ofMillis(20));
    TorShim shim = replica("disk", lease);
    Files.writeString(Path.of(rig.environment.get("PATCHBAY_FABRIC_FILE")), "domain: [");
    lease.free(true);
    Await.until("it ends", PATIENCE, () -> !ends.isEmpty());
    assertEquals(Failure.Kind.INVALID, ends.getFirst().kind());
    assertTrue(lease.closed());
    assertFalse(shim.writes());
  }

  /**
   * What it held days ago is not put back, though the leases of those connections last; what it
   * would put back is somebody else's by now.
   */
  @Test
  void aFolderThatIsOutOfDatePutsNothingBack() throws IOException {
    FakeLease lease = new FakeLease();
    TorShim first = replica("first", lease);
    rig.shim = first;
    Connection a = rig.request("a", "myns", "node-1", PF1);
    first.close();
    TorShim second = replica("second", new FakeLease().left(lease.handover().orElseThrow()));
    rig.shim = second;
    Connection again = rig.request(Duration.ofMinutes(10), a);
    assertEquals(a.getMechanism(), again.getMechanism(), "the VLAN is on the port");
    assertEquals(a.getContext(), again.getContext(), "the client has told its address");
    rig.close(again);
    second.close();
    String left = rig.tor.runningConfig();
    FakeLease third = new FakeLease().left(new Handover("the folder of the second", "token"));
    rig.shim = replica("first", third);
    rig.close(rig.request("b", "other", "node-2", PF2));
    assertEquals(
        Set.of("unknown client on Ethernet1 in VLAN 100"), remembered(folder.resolve("first")));
    assertEquals(left, rig.tor.runningConfig());
    try (Stream<Path> outdated = Files.list(folder.resolve("first/outdated"))) {
      assertTrue(outdated.allMatch(each -> Files.exists(each.resolve("sessions"))));
    }
    assertFalse(Files.exists(folder.resolve("second/outdated")), "that one was new");
    assertFalse(third.handover().orElseThrow().folder().startsWith("the folder"));
  }

  /** The connections that the writer with that state folder has ports for. */
  private static Set<String> remembered(Path stateDir) {
    try (Channels channels = new Channels()) {
      Url socket = Url.parse("unix://" + stateDir.resolve("fabric.sock"));
      return FabricGrpc.newBlockingStub(channels.to(socket))
          .get(GetRequest.getDefaultInstance())
          .getSwitchesList()
          .stream()
          .flatMap(tor -> tor.getPortsList().stream())
          .flatMap(port -> port.getClaimsList().stream())
          .map(Claim::getConnectionId)
          .collect(Collectors.toSet());
    }
  }

  @Test
  void aFolderThatIsUpToDateIsTakenUp() {
    FakeLease lease = new FakeLease();
    TorShim first = replica("shared", lease);
    rig.shim = first;
    Connection a = rig.request("a", "myns", "node-1", PF1);
    first.close();
    rig.shim = replica("shared", new FakeLease().left(lease.handover().orElseThrow()));
    rig.close(a);
    assertEquals(factory, rig.tor.runningConfig());
  }

  /** Its process is killed, or stands still: it is told nothing, and tells nobody anything. */
  private static void kill(FakeLease lease) {
    lease.free(false);
  }

  /** Of a service that wants an MTU; a client that is not back within seconds is given up. */
  private void serveBriefly() throws IOException {
    rig.environment.put("NSM_MAX_TOKEN_LIFETIME", "5s");
    Files.writeString(
        Path.of(rig.environment.get("PATCHBAY_FABRIC_FILE")),
        FabricFilesTest.FABRIC.replace("mtu: 1500", "port: {mtu: 9000}"));
  }

  /** What keeps the leases of this test, and what is beside them. */
  private UnaryOperator<FakeLease> keeping(String kind) {
    if (kind.equals("etcd")) {
      FakeEtcd etcd = opened.push(new FakeEtcd());
      assertEquals(0, etcd.add());
      return lease -> lease.inEtcd(etcd.access());
    }
    ApiServer server = opened.push(new ApiServer());
    return lease -> lease.inCluster(server.client());
  }

  @ParameterizedTest
  @ValueSource(strings = {"kubernetes", "etcd"})
  void whoHasAFolderOfItsOwnGivesBackWhatTheKilledOneFoundByteForByte(String kind)
      throws IOException {
    serveBriefly();
    UnaryOperator<FakeLease> kept = keeping(kind);
    FakeLease lease = kept.apply(new FakeLease().pace(Duration.ofMillis(20)));
    rig.shim = replica("first", lease);
    Connection a = rig.request("a", "myns", "node-1", PF1);
    Connection b = rig.request("b", "other", "node-2", PF2);
    String running = rig.tor.runningConfig();
    assertTrue(running.contains("<mtu>9000</mtu>"), running);
    kill(lease);
    Await.until("it writes no more", PATIENCE, () -> !ends.isEmpty());
    FakeLease next = kept.apply(new FakeLease().left(lease.handover().orElseThrow()));
    TorShim second = replica("second", next);
    assertEquals(lease.handover().orElseThrow().token(), next.handover().orElseThrow().token());
    rig.shim = second;
    Connection again = rig.request(Duration.ofMinutes(10), b);
    assertEquals(b.getMechanism(), again.getMechanism());
    assertEquals(running, rig.tor.runningConfig(), "nobody was cut off");
    rig.close(again);
    Await.until(
        "all is as it was before the first",
        PATIENCE,
        () -> factory.equals(rig.tor.runningConfig()));
    assertFalse(a.getMechanism().getParametersMap().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"kubernetes", "etcd"})
  void whoHasAFolderOfItsOwnCancelsWhatTheKilledOneHasNotConfirmed(String kind) throws Exception {
    UnaryOperator<FakeLease> kept = keeping(kind);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      FakeLease lease = kept.apply(new FakeLease().pace(Duration.ofMillis(20)));
      rig.shim = replica("first", lease);
      rig.tor.faults(new SwitchFaults(Duration.ofSeconds(1)));
      int sleeping = rig.switchTime.sleeping();
      var asked = threads.submit(() -> rig.request("a", "myns", "node-1", PF1));
      Await.until("it commits", PATIENCE, () -> rig.switchTime.sleeping() > sleeping);
      kill(lease);
      Await.until("it writes no more", PATIENCE, () -> !ends.isEmpty());
      rig.tor.faults(SwitchFaults.NONE);
      rig.switchTime.advance(Duration.ofSeconds(1));
      Await.until("it is made", PATIENCE, () -> !factory.equals(rig.tor.runningConfig()));
      assertThrows(ExecutionException.class, asked::get);
      assertFalse(factory.equals(rig.tor.runningConfig()), "the switch waits for a word");
      TorShim second =
          replica("second", kept.apply(new FakeLease().left(lease.handover().orElseThrow())));
      Await.until("it is cancelled", PATIENCE, () -> factory.equals(rig.tor.runningConfig()));
      assertTrue(second.writes());
    }
  }

  @Test
  void aSwitchThatMayAnswerAfterAnotherHasTakenOverIsRefused() throws IOException {
    Path switches = Path.of(rig.environment.get("PATCHBAY_SWITCHES_FILE"));
    Files.writeString(
        switches,
        Files.readString(switches).stripTrailing() + "\n    deadlines: {rpc: 16s, confirm: 30s}\n");
    Failure refused = assertThrows(Failure.class, () -> replica("disk", new FakeLease()));
    assertEquals(Failure.Kind.INVALID, refused.kind());
    assertTrue(refused.getMessage().contains("deadlines.rpc of 16 s"), refused.getMessage());
  }
}
