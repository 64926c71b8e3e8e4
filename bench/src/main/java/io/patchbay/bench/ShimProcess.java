package io.patchbay.bench;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.FabricState;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.api.fabric.PortState;
import io.patchbay.api.fabric.SwitchState;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.cli.LogSetup;
import io.patchbay.cli.demo.World;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A TOR shim without an identity as a process of its own, the registry that it needs, and a client
 * of it. {@link #start} and {@link #crash} are for one thread, the rest is safe for all.
 */
final class ShimProcess implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(60);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration LIFETIME = Duration.ofMinutes(10);
  private static final String NAME = "tor-shim";

  /** A thousand connections alone are more than what a daemon of a small rack is given. */
  private static final String HEAP = "-Xmx512m";

  private static final String ANYWHERE = "tcp://127.0.0.1:0";

  private final Stack opened = new Stack();
  private final Time time;
  private final Registries registries;
  private final Map<String, String> environment;
  private final Url door;
  private final Tokens tokens;
  private Stack running = new Stack();
  private volatile NetworkServiceBlockingStub shim;
  private volatile MonitorConnectionGrpc.MonitorConnectionBlockingStub watch;
  private volatile FabricGrpc.FabricBlockingStub fabric;
  private Process process;

  /**
   * Starts it.
   *
   * @param folder for its state and its socket
   */
  ShimProcess(Path folder, SwitchFleet fleet, Time time) {
    this.time = time;
    this.registries = Registries.inMemory(time, Duration.ofMinutes(1));
    this.tokens = Tokens.selfSigned("spiffe://bench/client", LIFETIME, time);
    Tokens registrys = Tokens.selfSigned("spiffe://bench/registry", LIFETIME, time);
    GrpcServer registry =
        opened.push(
            GrpcServer.start(
                List.of(Url.parse(ANYWHERE)), RegistryServer.of(registries, registrys, time)));
    this.door = new Url("unix", folder.resolve("f.sock").toString());
    this.environment = new HashMap<>(fleet.environment());
    environment.put("NSM_NAME", NAME);
    environment.put("NSM_CONNECT_TO", registry.addresses().getFirst().toString());
    environment.put("NSM_LISTEN_ON", ANYWHERE);
    environment.put("PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    environment.put("PATCHBAY_FABRIC_SOCKET", door.toString());
    start();
  }

  /** Starts it again with what it has on disk; returns when it serves. */
  void start() {
    running = new Stack();
    Channels channels = running.push(new Channels());
    process = launched();
    running.push(this::kill);
    Await.until("the shim serves", READY, this::serves);
    String url = Kind.ENDPOINTS.find(registries.endpoints(), NAME).orElseThrow().getUrl();
    environment.put("NSM_LISTEN_ON", url); // when it starts again it is found where it was
    fabric = FabricGrpc.newBlockingStub(channels.to(door));
    Channel channel =
        ClientInterceptors.intercept(channels.to(Url.parse(url)), new TokenHeaders(tokens));
    shim = NetworkServiceGrpc.newBlockingStub(channel);
    watch = MonitorConnectionGrpc.newBlockingStub(channel);
  }

  private Process launched() {
    List<String> java = new ArrayList<>(World.self());
    java.set(java.size() - 1, WithoutIdentity.class.getName());
    int options = java.indexOf("-cp");
    java.addAll(options, List.of(HEAP, "-D" + LogSetup.LEVEL_PROPERTY + "=WARN"));
    java.addAll(List.of("tor-shim", WithoutIdentity.ASKED));
    ProcessBuilder builder = new ProcessBuilder(java).redirectError(Redirect.INHERIT);
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "no shim: " + Failure.text(e), e);
    }
  }

  /** A channel that was once refused waits before it tries again, so each try has its own. */
  private boolean serves() {
    if (!process.isAlive()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "the shim ended with status " + process.exitValue());
    }
    try (Channels channels = new Channels()) {
      FabricState unused =
          FabricGrpc.newBlockingStub(channels.to(door)).get(GetRequest.getDefaultInstance());
      return Kind.ENDPOINTS.find(registries.endpoints(), NAME).isPresent();
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** Ends it as a crash does; whoever waits for it is told. */
  void crash() {
    running.close();
  }

  private void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks for a connection; returns when the switch port carries it. */
  Connection request(String id, Mechanism vf) {
    Connection wanted =
        Connection.newBuilder().setId(id).setNetworkService(SwitchFleet.SERVICE).build();
    return client()
        .request(
            NetworkServiceRequest.newBuilder()
                .setConnection(Paths.arrive(wanted, "client"))
                .addMechanismPreferences(vf)
                .build());
  }

  /** Gives it back; returns when the switch port is as it was. */
  void close(Connection connection) {
    var unused = client().close(connection);
  }

  /** What it tells whoever watches all connections, from now on; for as long as it may take. */
  Iterator<ConnectionEvent> monitor() {
    return watch.monitorConnections(MonitorScopeSelector.getDefaultInstance());
  }

  private NetworkServiceBlockingStub client() {
    return shim.withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Transactions of all switches since it was started. */
  long commits() {
    return state().getSwitchesList().stream().mapToLong(SwitchState::getCommits).sum();
  }

  /** How many changes wait. */
  int waiting() {
    return waiting(state());
  }

  /** How many ports it has, wants, or is about to change. */
  int owned() {
    return ports(state()).size();
  }

  /** Whether nothing waits, and it has this many ports, and all are as they should be. */
  boolean settled(int ports) {
    FabricState state = state();
    return waiting(state) == 0
        && ports(state).size() == ports
        && ports(state).stream().allMatch(PortState::getSettled);
  }

  /** Whether all switches have said which of their ports are the shim's. */
  boolean allRead() {
    return state().getSwitchesList().stream().noneMatch(SwitchState::getUnread);
  }

  /** Whether all ports that it has are known to have a link. */
  boolean allLinked() {
    return ports(state()).stream().allMatch(port -> port.getLink().equals("up"));
  }

  private static List<PortState> ports(FabricState state) {
    return state.getSwitchesList().stream().flatMap(each -> each.getPortsList().stream()).toList();
  }

  private static int waiting(FabricState state) {
    return state.getSwitchesList().stream().mapToInt(SwitchState::getWaiting).sum();
  }

  private FabricState state() {
    return fabric.get(GetRequest.getDefaultInstance());
  }

  /** What it has resident, in bytes. */
  long memory() {
    return Resident.bytes(process.pid());
  }

  /**
   * What it takes.
   *
   * @param fleet its switches, spoken to by NETCONF
   */
  Footprint footprint(SwitchFleet fleet) {
    return Footprint.of(process.pid(), heap(), fleet.tcpPorts());
  }

  private long heap() {
    try {
      process.outputWriter().append('\n').flush();
      return Long.parseLong(process.inputReader().readLine());
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "the shim does not answer: " + Failure.text(e), e);
    }
  }

  @Override
  public void close() {
    running.close();
    opened.close();
  }
}
