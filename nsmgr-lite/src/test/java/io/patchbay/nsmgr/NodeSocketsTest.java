package io.patchbay.nsmgr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.NextHops;
import io.patchbay.mesh.OwnFile;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.ManagerEndpoints;
import io.patchbay.mesh.registry.MemoryRegistry;
import io.patchbay.mesh.registry.Registration;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.mesh.registry.RemoteRegistry;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Endpoints whose sockets the manager and a forwarder know by descriptors only. */
class NodeSocketsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Time TIME = Time.system();

  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final FakeTime clock = new FakeTime();
  private final MemoryRegistry<NetworkServiceEndpoint> here =
      new MemoryRegistry<>(Kind.ENDPOINTS, clock, MINUTE);
  private final MemoryRegistry<NetworkServiceEndpoint> domain =
      new MemoryRegistry<>(Kind.ENDPOINTS, clock, MINUTE);
  private final Channels channels = stack.push(new Channels());
  private final NodeSockets sockets =
      new NodeSockets(
          new NodeEndpoints(here, domain, Url.parse("tcp://10.0.0.1:5001")), here, channels);
  private Url manager;

  @BeforeEach
  void serve() {
    manager = Url.parse("unix://" + folder.resolve("manager.sock"));
    Registries registries =
        new Registries(new MemoryRegistry<>(Kind.SERVICES, TIME, MINUTE), sockets);
    Tokens tokens = Tokens.selfSigned("spiffe://test/manager", Duration.ofHours(1), TIME);
    stack.push(GrpcServer.start(List.of(manager), RegistryServer.of(registries, tokens, TIME)));
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    stack.close();
  }

  private ManagerEndpoints view() {
    Tokens tokens = Tokens.selfSigned("spiffe://test/view", Duration.ofHours(1), TIME);
    return new ManagerEndpoints(manager, stack.push(new Channels()), tokens, TIME);
  }

  private Url endpointSocket(String name) {
    Url url = Url.parse("unix://" + folder.resolve(name + ".sock"));
    stack.push(GrpcServer.start(List.of(url), List.of()));
    return url;
  }

  private static NetworkServiceEndpoint endpoint(String name, String url) {
    return NetworkServiceEndpoint.newBuilder()
        .setName(name)
        .setUrl(url)
        .addNetworkServiceNames("service")
        .build();
  }

  private static boolean serves(Channels channels, NextHops.Door door) {
    var health =
        io.grpc.health.v1.HealthGrpc.newBlockingStub(channels.to(door.url()))
            .check(io.grpc.health.v1.HealthCheckRequest.getDefaultInstance());
    return health.getStatusValue() == 1;
  }

  @Test
  void theManagerAndAForwarderDialASocketThatTheyCannotSee() throws Exception {
    Url socket = endpointSocket("nse");
    String named = OwnFile.onTheWire("file://" + socket.path());
    ManagerEndpoints nse = view();
    assertEquals(socket.toString(), nse.register(endpoint("nse", socket.toString())).getUrl());
    assertEquals(named, here.find(Kind.ENDPOINTS.named("nse")).getFirst().getUrl());
    assertEquals(
        "tcp://10.0.0.1:5001", domain.find(Kind.ENDPOINTS.named("nse")).getFirst().getUrl());
    // Now nobody can reach it by its path any more.
    Files.move(Path.of(socket.path()), folder.resolve("hidden"));
    try (NextHops.Door door = sockets.open(Url.parse(named), Connection.getDefaultInstance())) {
      assertTrue(serves(channels, door));
    }
    ManagerEndpoints forwarder = view();
    assertEquals(named, forwarder.find(Kind.ENDPOINTS.named("nse")).getFirst().getUrl());
    Channels forwarders = stack.push(new Channels());
    Connection asked = Connection.newBuilder().setNetworkServiceEndpointName("nse").build();
    try (NextHops.Door door = forwarder.open(Url.parse(named), asked)) {
      assertTrue(serves(forwarders, door));
    }
    // After a restart nothing has been found yet, and it is looked for by its name.
    try (NextHops.Door door = view().open(Url.parse(named), asked)) {
      assertTrue(serves(forwarders, door));
    }
  }

  @Test
  void itIsLetGoWhenUnregisteredReplacedAndExpired() {
    ManagerEndpoints nse = view();
    nse.register(endpoint("nse", endpointSocket("one").toString()));
    nse.register(
        endpoint("nse", folder.resolve("one.sock").toUri().toString().replace("file:", "unix:")));
    assertEquals(1, sockets.size());
    nse.register(endpoint("nse", endpointSocket("two").toString()));
    assertEquals(1, sockets.size());
    nse.unregister(endpoint("nse", "unix://" + folder.resolve("two.sock")));
    assertEquals(0, sockets.size());
    nse.register(endpoint("nse", "unix://" + folder.resolve("two.sock")));
    assertEquals(1, sockets.size());
    nse.register(endpoint("nse", "tcp://10.0.0.9:1"));
    assertEquals(0, sockets.size());
    nse.register(endpoint("nse", "unix://" + folder.resolve("two.sock")));
    clock.advance(MINUTE);
    Await.until("it has expired", SOON, () -> sockets.size() == 0);
  }

  @Test
  void aSocketStaysWithinReachForThoseWhoHaveADoor() {
    ManagerEndpoints nse = view();
    Url socket = endpointSocket("nse");
    nse.register(endpoint("nse", socket.toString()));
    String named = OwnFile.onTheWire("file://" + socket.path());
    try (NextHops.Door door = sockets.open(Url.parse(named), Connection.getDefaultInstance())) {
      nse.unregister(endpoint("nse", socket.toString()));
      assertTrue(serves(channels, door));
    }
    Failure gone =
        assertThrows(
            Failure.class, () -> sockets.open(Url.parse(named), Connection.getDefaultInstance()));
    assertEquals(Failure.Kind.UNAVAILABLE, gone.kind());
    assertEquals(0, sockets.size());
  }

  /** What a forwarder held before it came back is closed at its successor. */
  @Test
  void anAddressLeadsToWhoeverIsRegisteredUnderItsNameNow() {
    ManagerEndpoints nse = view();
    Url one = endpointSocket("one");
    Url two = endpointSocket("two");
    Url before = Url.parse(OwnFile.onTheWire("file://" + one.path()));
    Url after = Url.parse(OwnFile.onTheWire("file://" + two.path()));
    nse.register(endpoint("nse", one.toString()));
    assertEquals(before, sockets.now(before));
    nse.unregister(endpoint("nse", one.toString()));
    assertEquals(before, sockets.now(before));
    nse.register(endpoint("nse", two.toString()));
    assertEquals(after, sockets.now(before));
    assertEquals(after, sockets.now(after));
    try (NextHops.Door door = sockets.open(before, Connection.getDefaultInstance())) {
      assertTrue(serves(channels, door));
    }
    nse.register(endpoint("nse", one.toString()));
    assertEquals(before, sockets.now(after));
    assertEquals(before, sockets.now(before));
  }

  @Test
  void aRegistrationThatIsRefusedKeepsNothing() {
    ManagerEndpoints nse = view();
    NetworkServiceEndpoint past =
        endpoint("nse", endpointSocket("nse").toString()).toBuilder()
            .setExpirationTime(Paths.timestamp(clock.now().minus(MINUTE)))
            .build();
    assertThrows(Failure.class, () -> nse.register(past));
    assertEquals(0, sockets.size());
  }

  @Test
  void aRegistrationKeepsItThroughARestartOfTheManager() {
    ManagerEndpoints nse = view();
    Registries registries = new Registries(new MemoryRegistry<>(Kind.SERVICES, TIME, MINUTE), nse);
    stack.push(
        Registration.start(
            registries, List.of(), endpoint("nse", endpointSocket("nse").toString()), TIME));
    Await.until("registered", SOON, () -> sockets.size() == 1);
    here.unregister(endpoint("nse", ""));
    Await.until("let go, and registered again", SOON, () -> sockets.size() == 1);
  }

  /** Or its traffic would go to whoever the socket belongs to, and keep that open. */
  @Test
  void aSocketThatIsOpenHereIsNobodyElsesToRegister() {
    Url socket = endpointSocket("nse");
    view().register(endpoint("nse", socket.toString()));
    String named = OwnFile.onTheWire("file://" + socket.path());
    Tokens tokens = Tokens.selfSigned("spiffe://test/other", Duration.ofHours(1), TIME);
    Registry<NetworkServiceEndpoint> other =
        new RemoteRegistry<>(
            Kind.ENDPOINTS, manager, stack.push(new Channels()), tokens, Policies.NONE, TIME);
    for (String url : List.of(named, named.replace("inode", "INODE"), " " + named)) {
      Failure refused =
          assertThrows(Failure.class, () -> other.register(endpoint("other", url)), url);
      assertEquals(
          url.equals(named) ? Failure.Kind.TIMEOUT : Failure.Kind.INVALID,
          refused.kind(),
          Failure.text(refused));
    }
    assertEquals(1, sockets.size());
    assertTrue(here.find(Kind.ENDPOINTS.named("other")).isEmpty());
  }
}
