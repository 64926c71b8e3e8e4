package io.patchbay.torshims;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Environment;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A shim among real neighbours for tests: a simulated switch over SSH, a registry and clients over
 * gRPC.
 */
final class Rig implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  final FakeTime switchTime = new FakeTime();
  final Registries registries = Registries.inMemory(Time.system(), Duration.ofMinutes(1));
  final SimulatedSwitch tor;
  final Map<String, String> environment = new HashMap<>();
  private final Path folder;
  private final Stack stack = new Stack();
  private final Channels channels = stack.push(new Channels());
  TorShim shim;

  /** Where clients ask. */
  Supplier<Url> where = () -> shim.url();

  /** Of a switch that hears nobody; the first two ports have cables. */
  static SwitchWriter.Sight deaf(String switchName, Journal journal) {
    return deaf(
        switchName,
        new PortLinks(journal, switchName, Set.of("Ethernet1", "Ethernet2"), Optional.empty()));
  }

  static SwitchWriter.Sight deaf(String switchName, PortLinks links) {
    Lookout lookout =
        new Lookout(
            switchName,
            new FakeSwitch(),
            new Neighbours(new Cables(List.of()), Time.system()),
            Duration.ofHours(1),
            Time.system());
    return new SwitchWriter.Sight(lookout, links, () -> false);
  }

  Rig(Path folder) throws IOException {
    this(
        folder,
        new SwitchDescription(
            "tor-1",
            List.of(Port.bare("Ethernet1"), Port.access("Ethernet2", 10)),
            Access.byPassword("shim", "secret")));
  }

  /**
   * @param tor with those two ports, and with that login
   */
  Rig(Path folder, SwitchDescription tor) throws IOException {
    this.folder = folder;
    this.tor = stack.push(SimulatedSwitch.start(tor, switchTime));
    GrpcServer registry =
        stack.push(
            GrpcServer.start(
                List.of(Url.parse("tcp://127.0.0.1:0")),
                RegistryServer.of(
                    registries,
                    Tokens.selfSigned(
                        "spiffe://test/registry", Duration.ofMinutes(10), Time.system()),
                    Time.system())));
    Files.writeString(folder.resolve("password"), "secret");
    Files.writeString(folder.resolve("keys"), this.tor.hostKeyFingerprint());
    environment.put("NSM_CONNECT_TO", registry.addresses().getFirst().toString());
    environment.put("NSM_LISTEN_ON", "tcp://127.0.0.1:0");
    environment.put("PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    file("FABRIC", FabricFilesTest.FABRIC);
    file("CABLES", FabricFilesTest.CABLES);
    file(
        "SWITCHES",
        """
        switches:
          - name: tor-1
            address: 127.0.0.1:%d
            login: {user: shim, passwordFile: password, hostKeyFile: keys}
        """
            .formatted(this.tor.netconfAddress().getPort()));
  }

  /** One of the files that the shim reads when it starts. */
  void file(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    environment.put("PATCHBAY_" + name + "_FILE", file.toString());
  }

  TorShim start() {
    shim = TorShim.start(Environment.read(TorShimConfig.class, environment), Time.system());
    return shim;
  }

  NetworkServiceBlockingStub client(Duration tokens) {
    return NetworkServiceGrpc.newBlockingStub(channel(tokens))
        .withDeadlineAfter(DEADLINE.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
  }

  private Channel channel(Duration tokens) {
    Tokens mine = Tokens.selfSigned("spiffe://test/client", tokens, Time.system());
    return ClientInterceptors.intercept(channels.to(where.get()), new TokenHeaders(mine));
  }

  /** What the shim tells whoever watches everything, from now on. */
  Iterator<ConnectionEvent> monitor() {
    return MonitorConnectionGrpc.newBlockingStub(channel(Duration.ofMinutes(10)))
        .withDeadlineAfter(DEADLINE.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS)
        .monitorConnections(MonitorScopeSelector.getDefaultInstance());
  }

  /** A first request of a client whose VF is on the given PF. */
  Connection request(String id, String service, String node, String pfMac) {
    Connection fresh =
        Paths.arrive(
            Connection.newBuilder().setId(id).setNetworkService(service).build(), "client");
    return request(Duration.ofMinutes(10), fresh, vlan(node, pfMac));
  }

  Connection request(Duration tokens, Connection connection, Mechanism... preferences) {
    return client(tokens)
        .request(
            NetworkServiceRequest.newBuilder()
                .setConnection(connection)
                .addAllMechanismPreferences(List.of(preferences))
                .build());
  }

  void close(Connection connection) {
    var unused = client(Duration.ofMinutes(10)).close(connection);
  }

  static Mechanism vlan(String node, String pfMac) {
    return new VlanParameters(
            Optional.empty(),
            Optional.of(
                new VlanParameters.Function(
                    node, pfMac, "0000:01:00.2", 1, "02:00:00:00:01:02", 9000, "")))
        .mechanism();
  }

  @Override
  public void close() {
    if (shim != null) {
      shim.close();
    }
    stack.close();
  }
}
