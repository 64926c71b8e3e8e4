package io.patchbay.systemtest;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.Use;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.VirtualFunctionsGrpc.VirtualFunctionsBlockingStub;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.MeshServer;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.VfioParameters;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.mesh.registry.ManagerEndpoints;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * sriov-manager as a process that can be killed, and around it, in this process, those that it
 * talks to: the node's registry, a shim that answers with a VLAN, device-plugin, and clients.
 */
public final class ManagedNode implements AutoCloseable {
  /** The longest that anything is waited for: an emulated machine is slow. */
  public static final Duration PATIENCE = Duration.ofSeconds(150);

  private static final String SHIM = "shim";
  private static final Key<String> END = Key.soft("end");

  private final Stack opened = new Stack();
  private final Time time = Time.system();
  private final Path folder;
  private final Path log;
  private final Channels channels = opened.push(new Channels());
  private final Tokens tokens = tokens("client");
  private final Map<String, Use> uses = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> arguments = new ArrayList<>();
  private Optional<Process> manager = Optional.empty();

  /** What the shim does before it answers. */
  public volatile Runnable thought = () -> {};

  /** What the shim does before it lets go of a connection. */
  public volatile Runnable farewell = () -> {};

  /** The VLAN that the shim answers with. */
  public volatile int vlan = 100;

  /**
   * One with a folder for its files.
   *
   * @param log what the manager and its successors say is added to it
   */
  public ManagedNode(Path folder, Path log) {
    this.folder = folder;
    this.log = log;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Registries registries = Registries.inMemory(time, Duration.ofHours(1));
    var unused =
        registries
            .endpoints()
            .register(
                ManagerEndpoints.forwarder(SHIM, unix("shim.sock"), "svc@example.com", Map.of()));
    serve("nsm.io.sock", RegistryServer.of(registries, tokens("registry"), time));
    Sessions sessions = Sessions.inMemory(time);
    Chain chain = Chain.of(List.<Link>of(sessions, this::answer));
    serve("shim.sock", List.of(new MeshServer(SHIM, chain, sessions, tokens(SHIM), time)));
    environment.putAll(
        Map.of(
            "NODE_NAME", "node-1",
            "NSM_SRIOV_CONFIG_FILE", folder.resolve("pci.config").toString(),
            "NSM_CONNECT_TO", unix("nsm.io.sock").toString(),
            "NSM_LISTEN_ON", unix("manager.sock").toString(),
            "NSM_DIAL_TIMEOUT", "20s",
            "NSM_VFIO_PATH", "/dev/vfio",
            "PATCHBAY_VF_SOCKET", unix("vf.sock").toString(),
            "PATCHBAY_STATE_DIR", state().toString()));
  }

  private Tokens tokens(String name) {
    return Tokens.selfSigned("spiffe://test/" + name, Duration.ofMinutes(10), time);
  }

  private void serve(String socket, List<? extends io.grpc.BindableService> services) {
    opened.push(GrpcServer.start(List.of(unix(socket)), services));
  }

  private Url unix(String socket) {
    return Url.parse("unix://" + folder.resolve(socket));
  }

  private Connection answer(Call call, Handler end) {
    thought.run();
    var unused = call.session().hold(END, call.connection()::getId, id -> farewell.run());
    var asked = VlanParameters.of(call.mechanism(VlanParameters.TYPE).orElseThrow()).orElseThrow();
    int vf = asked.function().orElseThrow().number();
    return Paths.end(call.connection()).toBuilder()
        .setMechanism(new VlanParameters(Optional.of(vlan), asked.function()).mechanism())
        .setContext(
            ConnectionContext.newBuilder()
                .setIpContext(IPContext.newBuilder().addSrcIpAddrs(address(vf) + "/24")))
        .build();
  }

  /** The address that the shim gives to the pod with this VF. */
  public static String address(int vf) {
    return "172.21.0." + (vf + 1);
  }

  /** Where the manager keeps what outlives it. */
  Path state() {
    return folder.resolve("state");
  }

  /** Says which NICs are the manager's. */
  public void configure(String yaml) {
    try {
      Files.writeString(folder.resolve("pci.config"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The NIC is a simulated one. */
  void simulated(NetworkNamespace home, Path sysfs, Path netlink) {
    arguments.add(home.path().toString());
    var unused = environment(sysfs, netlink);
  }

  /** How the manager is told of a NIC that is not the machine's. */
  public Map<String, String> environment(Path sysfs, Path netlink) {
    environment.put("NSM_PCI_DEVICES_PATH", sysfs.resolve("devices").toString());
    environment.put("NSM_PCI_DRIVERS_PATH", sysfs.resolve("drivers").toString());
    environment.put("PATCHBAY_PF_NETLINK", netlink.toString());
    return Map.copyOf(environment);
  }

  /** Starts the manager, or a successor. */
  public void start() {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                ManagerProcess.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      manager = Optional.of(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Kill -9, without waiting: it does nothing more. A successor starts once it is gone.
   *
   * @param between run before the successor starts
   */
  void strike(Runnable between) {
    Process struck = manager.orElseThrow().destroyForcibly();
    var unused =
        struck
            .onExit()
            .thenRunAsync(
                () -> {
                  between.run();
                  start();
                },
                Thread::startVirtualThread);
  }

  /** Kill -9; returns when it is gone. */
  public void kill() {
    manager.orElseThrow().destroyForcibly().onExit().join();
  }

  /** What the manager says of a VF; empty while it says nothing. */
  public Optional<VirtualFunction> listed(PciAddress vf) {
    return catalog().getFunctionsList().stream()
        .filter(function -> function.getPciAddress().equals(vf.toString()))
        .findFirst();
  }

  /** Whether it knows of no VF. */
  public boolean listsNothing() {
    return catalog().getFunctionsCount() == 0;
  }

  Catalog catalog() {
    return functions().watch(WatchRequest.getDefaultInstance()).next();
  }

  private VirtualFunctionsBlockingStub functions() {
    return VirtualFunctionsGrpc.newBlockingStub(channels.to(unix("vf.sock")))
        .withWaitForReady()
        .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Gives a VF to a pod, as kubelet and device-plugin do; returns what the pod proves it with. */
  public String allocate(String resource, PciAddress vf, String pod) {
    String token =
        functions()
            .reserve(
                ReserveRequest.newBuilder()
                    .setResourceName(resource)
                    .addPciAddresses(vf.toString())
                    .build())
            .getGrants(0)
            .getToken();
    uses.put(
        pod,
        Use.newBuilder()
            .setPciAddress(vf.toString())
            .setResourceName(resource)
            .setPodNamespace("default")
            .setPodName(pod)
            .setContainerName("app")
            .build());
    report();
    return token;
  }

  /** The kubelet no longer lists a pod. */
  public void podEnds(String pod) {
    uses.remove(pod);
    report();
  }

  /** Says which pods the kubelet lists. */
  public void report() {
    var unused = functions().reportInUse(InUse.newBuilder().addAllUses(uses.values()).build());
  }

  /** Asks for the VF of a token in the pod's namespace, under the name {@code nsm-1}. */
  public Connection request(String id, NetworkNamespace pod, String token) {
    var kernel =
        new KernelParameters(Optional.of(pod.inodeUrl()), Optional.of("nsm-1"), Optional.of(token));
    return request(
        client().withCallCredentials(new Descriptors(List.of(pod.descriptor()))),
        asked(id),
        kernel.mechanism());
  }

  /** Asks for the VF of a token as a device that the pod drives itself. */
  public Connection requestDevice(String pod, String token) {
    var vfio = new VfioParameters(Optional.of(token), Optional.empty());
    Connection asked = asked(pod).toBuilder().putLabels("podName", pod).build();
    return request(client(), asked, vfio.onto(Mechanism.getDefaultInstance()));
  }

  private static Connection request(
      NetworkServiceBlockingStub client, Connection asked, Mechanism wish) {
    return client.request(
        NetworkServiceRequest.newBuilder()
            .setConnection(asked)
            .addMechanismPreferences(wish)
            .build());
  }

  /** As a client asks that has asked before: it knows the manager's name for its connection. */
  private static Connection asked(String id) {
    Connection asked =
        Connection.newBuilder()
            .setId(id)
            .setNetworkService("svc@example.com")
            .setNetworkServiceEndpointName(SHIM)
            .build();
    Connection.Builder begun = Paths.arrive(asked, id).toBuilder();
    begun.getPathBuilder().addPathSegmentsBuilder().setName("sriov-manager").setId("here-" + id);
    return begun.build();
  }

  /** Ends a connection, agreed or not. */
  public void close(String id) {
    var unused = client().close(asked(id));
  }

  private NetworkServiceBlockingStub client() {
    Channel channel =
        ClientInterceptors.intercept(channels.to(unix("manager.sock")), new TokenHeaders(tokens));
    return NetworkServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    manager.ifPresent(Process::destroyForcibly);
    opened.close();
  }
}
