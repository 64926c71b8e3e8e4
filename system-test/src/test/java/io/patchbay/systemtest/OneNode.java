package io.patchbay.systemtest;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.api.fabric.PortState;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.Use;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.rack.Gateway;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.nsmgr.Nsmgr;
import io.patchbay.nsmgr.NsmgrConfig;
import io.patchbay.registryproxy.RegistryConfig;
import io.patchbay.registryproxy.RegistryDaemon;
import io.patchbay.registryproxy.RegistryProxyConfig;
import io.patchbay.registryproxy.RegistryProxyDaemon;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sriovmanager.SriovManager;
import io.patchbay.sriovmanager.SriovManagerConfig;
import io.patchbay.torshims.TorShim;
import io.patchbay.torshims.TorShimConfig;
import io.patchbay.workloads.Nsc;
import io.patchbay.workloads.NscConfig;
import io.patchbay.workloads.Surroundings;
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
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The hardware path of one node in this process, on real sockets: registry, manager, sriov-manager
 * over a simulated NIC of two VFs, shim, simulated switch. One VF is reserved for the pod {@code
 * cnf-1}. There may be a second such NIC, at another port, of which it has one, too. The fabric's
 * services are {@code name@example.com}: the registry finds those by its proxy, which knows this
 * very registry as that of {@code example.com}.
 */
final class OneNode implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final List<String> PFS = List.of("0000:3b:00.0", "0000:5e:00.0");
  private static final String RESOURCE = "example.com/100g";

  /** What {@code myns} leads to. */
  private static final RackDescription.Gateway GATEWAY =
      new RackDescription.Gateway(
          "myns", "tor-1", "Ethernet9", null, "02:00:00:00:99:00", "10.60.0.1/24");

  private static final int VLAN = 100;

  final SimulatedSwitch tor;
  final NetworkNamespace pod;
  private final Path folder;
  private final Time time = Time.system();
  private final Stack opened = new Stack();
  private final Channels channels = opened.push(new Channels());
  private final Tokens tokens =
      Tokens.selfSigned("spiffe://test/cnf-1", Duration.ofMinutes(10), time);
  private final MachineNics nics;
  private final NetworkNamespace home;
  private final String factory;
  private Optional<TorShim> shim = Optional.empty();

  /** The number of each PF. */
  private final List<Integer> pfs;

  /** By PF. */
  final List<Cable> cables = new ArrayList<>();

  /** Of the pod's namespace, and of what is none: they go with each of the client's calls. */
  private final List<Integer> descriptors;

  OneNode(Path folder) throws IOException {
    this(folder, 1);
  }

  /**
   * @param count of PFs, 1 or 2
   */
  OneNode(Path folder, int count) throws IOException {
    this.folder = folder;
    pfs = IntStream.range(0, count).boxed().toList();
    pod = opened.push(NetworkNamespace.create());
    home = opened.push(NetworkNamespace.create());
    descriptors =
        List.of(Descriptor.openPath(pod.path().toString()), Descriptor.openPath(folder.toString()));
    descriptors.forEach(each -> opened.push(() -> Descriptor.close(each)));
    pfs.forEach(pf -> cables.add(opened.push(new Cable("one-node-" + pf))));
    nics =
        opened.push(
            MachineNics.open(
                new MachineNics.Machine(home, folder.resolve("pci"), folder.resolve("pf.netlink")),
                each(pf -> new MachineNics.Plugged(nic(pf), cables.get(pf).nicEnd()))));
    pfs.forEach(pf -> home.links().up(home.links().require("pf" + pf).index()));
    tor =
        opened.push(
            SimulatedSwitch.start(
                new SwitchDescription("tor-1", ports(), Access.byPassword("shim", "secret")),
                time));
    pfs.forEach(pf -> tor.attach(port(pf), cables.get(pf).switchEnd()));
    factory = tor.runningConfig();
    files();
  }

  private List<SwitchDescription.Port> ports() {
    List<SwitchDescription.Port> ports = new ArrayList<>(each(pf -> Port.bare(port(pf))));
    ports.add(Port.access(GATEWAY.port(), VLAN));
    return ports;
  }

  private static NicHardware nic(int pf) {
    return new NicHardware(
        PciAddress.parse(PFS.get(pf)),
        "pf" + pf,
        MacAddress.parse(mac(pf)),
        2,
        NicModel.E810,
        NicHardware.Slot.PLAIN);
  }

  private static String mac(int pf) {
    return "02:00:00:00:0" + (pf + 1) + ":00";
  }

  /** Where a PF's cable ends. */
  static String port(int pf) {
    return "Ethernet" + (pf + 1);
  }

  private <T> List<T> each(IntFunction<T> ofPf) {
    return pfs.stream().map(ofPf::apply).toList();
  }

  private void files() throws IOException {
    Files.createDirectories(folder.resolve("services"));
    write("services/silent.yaml", "{name: silent, payload: ETHERNET}\n");
    write(
        "sriov.config",
        """
        physicalFunctions:
        """
            + String.join("", each(OneNode::offered)));
    write("password", "secret");
    write("keys", tor.hostKeyFingerprint());
    write(
        "switches.yaml",
        """
        switches:
          - name: tor-1
            address: 127.0.0.1:%d
            login: {user: shim, passwordFile: password, hostKeyFile: keys}
        """
            .formatted(tor.netconfAddress().getPort()));
    write(
        "cables.yaml",
        """
        cables:
        """
            + String.join("", each(OneNode::plugged)));
    write(
        "fabric.yaml",
        """
        domain: example.com
        services:
          - name: myns
            vlans: ["100"]
            addresses: {prefix: 10.60.0.0/24, gateway: 10.60.0.1}
        """);
  }

  private static String offered(int pf) {
    return """
      "%s":
        pfKernelDriver: ice
        vfKernelDriver: iavf
        capabilities: [100g]
        serviceDomains: [example.com, lab.example.org]
    """
        .formatted(PFS.get(pf));
  }

  private static String plugged(int pf) {
    return "  - {node: node-1, pfMac: \"%s\", switch: tor-1, port: %s}\n"
        .formatted(mac(pf), port(pf));
  }

  /** One of the files that the daemons read. */
  void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  /** Starts every daemon, gives the pod its VF, and waits until they know each other. */
  void start() {
    opened.push(RegistryProxyDaemon.start(settings(RegistryProxyConfig.class, "proxy"), time));
    opened.push(RegistryDaemon.start(settings(RegistryConfig.class, "registry"), time));
    opened.push(Nsmgr.start(settings(NsmgrConfig.class, "nsmgr"), time));
    startManager();
    startShim();
    Channel functions = channels.to(unix("vf.sock"));
    ReserveRequest.Builder wanted = ReserveRequest.newBuilder().setResourceName(RESOURCE);
    InUse.Builder used = InUse.newBuilder();
    for (int pf : pfs) {
      wanted.addPciAddresses(vf(pf).address().toString());
      used.addUses(use(vf(pf).address()));
    }
    var granted = VirtualFunctionsGrpc.newBlockingStub(functions).reserve(wanted.build());
    var unused = VirtualFunctionsGrpc.newBlockingStub(functions).reportInUse(used.build());
  }

  private static Use use(PciAddress vf) {
    return Use.newBuilder()
        .setPciAddress(vf.toString())
        .setResourceName(RESOURCE)
        .setPodNamespace("default")
        .setPodName("cnf-1")
        .setContainerName("app")
        .build();
  }

  private void startManager() {
    opened.push(
        SriovManager.start(
            settings(SriovManagerConfig.class, "manager"), NetworkNamespace.of(home.path()), time));
  }

  /** Starts the shim, or a successor of it with the files as they are now. */
  void startShim() {
    shim.ifPresent(TorShim::close);
    shim = Optional.of(TorShim.start(settings(TorShimConfig.class, "shim"), time));
    Await.until(
        "all are registered",
        PATIENCE,
        () -> shim.orElseThrow().registered() && registered().size() == 4);
  }

  /** What the domain's registry knows: services, and endpoints with whom they serve. */
  TreeSet<String> registered() {
    Registries registry = Registries.at(unix("registry.sock"), channels, tokens, time);
    TreeSet<String> all = new TreeSet<>();
    registry
        .services()
        .find(NetworkService.getDefaultInstance())
        .forEach(service -> all.add("service " + service.getName()));
    registry
        .endpoints()
        .find(NetworkServiceEndpoint.getDefaultInstance())
        .forEach(
            nse -> all.add("endpoint " + nse.getName() + " " + nse.getNetworkServiceNamesList()));
    return all;
  }

  private Url unix(String socket) {
    return Url.parse("unix://" + folder.resolve(socket));
  }

  /** What a daemon is told. */
  <C extends Record> C settings(Class<C> type, String daemon) {
    return Environment.read(type, environment(daemon));
  }

  private Map<String, String> environment(String daemon) {
    Map<String, String> environment = new HashMap<>();
    environment.put("NSM_NAME", daemon);
    environment.put("NSM_CONNECT_TO", unix("nsmgr.sock").toString());
    environment.put("NSM_REGISTRY_URL", unix("registry.sock").toString());
    environment.put("NSM_PROXY_REGISTRY_URL", unix("proxy.sock").toString());
    environment.put("PATCHBAY_DOMAINS", "example.com:" + unix("registry.sock"));
    environment.put("NSM_LISTEN_ON", unix(daemon + ".sock").toString());
    environment.put("NODE_NAME", "node-1");
    environment.put("NSM_SRIOV_CONFIG_FILE", folder.resolve("sriov.config").toString());
    environment.put("NSM_PCI_DEVICES_PATH", folder.resolve("pci/devices").toString());
    environment.put("NSM_PCI_DRIVERS_PATH", folder.resolve("pci/drivers").toString());
    environment.put("PATCHBAY_PF_NETLINK", folder.resolve("pf.netlink").toString());
    environment.put("PATCHBAY_VF_SOCKET", unix("vf.sock").toString());
    environment.put("PATCHBAY_SERVICES_DIR", folder.resolve("services").toString());
    environment.put("PATCHBAY_CARRIER_DAMPING", "100ms");
    environment.put("PATCHBAY_STATE_DIR", state(daemon).toString());
    for (String file : List.of("fabric", "cables", "switches")) {
      environment.put(
          "PATCHBAY_" + file.toUpperCase(java.util.Locale.ROOT) + "_FILE",
          folder.resolve(file + ".yaml").toString());
    }
    if (daemon.equals("shim")) {
      environment.put("NSM_CONNECT_TO", unix("registry.sock").toString());
      environment.put("NSM_LISTEN_ON", "tcp://127.0.0.1:0");
    }
    return environment;
  }

  private Path state(String daemon) {
    return folder.resolve(daemon + ".state");
  }

  /** A request as the pod's client makes it, for a VF of the resource that the pod has. */
  NetworkServiceRequest asking(String service) {
    return asking(service, 1);
  }

  /**
   * The same, for its so manieth VF from 1 on, which is to be the interface {@code nsm-<number>}.
   */
  NetworkServiceRequest asking(String service, int number) {
    Mechanism kernel =
        new KernelParameters(
                Optional.of(pod.inodeUrl()), Optional.of("nsm-" + number), Optional.empty())
            .mechanism();
    Connection asked =
        Connection.newBuilder()
            .setId("cnf-1-" + (number - 1))
            .setNetworkService(service)
            .putLabels("sriovToken", RESOURCE)
            .putLabels("podName", "cnf-1")
            .putLabels("podNamespace", "default")
            .build();
    return NetworkServiceRequest.newBuilder()
        .setConnection(Paths.arrive(asked, "cnf-1"))
        .addMechanismPreferences(kernel)
        .build();
  }

  /** The URL of a file that is there, and sent, and no namespace. */
  String noNamespace() {
    return Descriptor.identify(descriptors.getLast()).toString();
  }

  /** The client's stub at the node's manager. */
  NetworkServiceGrpc.NetworkServiceBlockingStub client() {
    return NetworkServiceGrpc.newBlockingStub(speaking(unix("nsmgr.sock")))
        .withCallCredentials(new Descriptors(descriptors))
        .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A channel on which each call says whose it is: who does not is told nothing. */
  private Channel speaking(Url hop) {
    return ClientInterceptors.intercept(channels.to(hop), new TokenHeaders(tokens));
  }

  /** Whether the switch has this service's VLAN at a PF's port. */
  boolean isOnService(int pf) {
    String running = tor.runningConfig();
    int start = running.indexOf("<name>" + port(pf) + "</name>");
    return running
        .substring(start, running.indexOf("</interface>", start))
        .contains(">" + VLAN + "<");
  }

  /** What the shim says of the link of a PF's port, while the port is its own or has failed. */
  Optional<String> link(int pf) {
    Channel door = channels.to(unix("shim.state/fabric.sock"));
    return FabricGrpc.newBlockingStub(door)
        .get(GetRequest.getDefaultInstance())
        .getSwitchesList()
        .stream()
        .flatMap(each -> each.getPortsList().stream())
        .filter(found -> found.getName().equals(port(pf)))
        .map(PortState::getLink)
        .findFirst();
  }

  /** The VF that the pod has. */
  VfSnapshot vf() {
    return vf(0);
  }

  /** The one that it has of a PF. */
  VfSnapshot vf(int pf) {
    return nics.snapshot().get(pf).vfs().getFirst();
  }

  /** What is told of it. */
  VirtualFunction told(int pf) {
    return catalog().getFunctionsList().stream()
        .filter(function -> function.getPciAddress().equals(vf(pf).address().toString()))
        .findFirst()
        .orElseThrow();
  }

  /** What each hop holds now, by hop: nothing of a hop that holds nothing. */
  Map<String, String> held() {
    Map<String, String> held = new TreeMap<>();
    monitored(unix("nsmgr.sock")).ifPresent(ids -> held.put("nsmgr", ids));
    monitored(unix("manager.sock")).ifPresent(ids -> held.put("manager", ids));
    monitored(shim.orElseThrow().url()).ifPresent(ids -> held.put("shim", ids));
    catalog().getFunctionsList().stream()
        .filter(function -> !function.getOwner().getConnectionId().isEmpty())
        .forEach(function -> held.put("ledger", function.toString()));
    pfs.stream()
        .map(this::vf)
        .filter(vf -> vf.settings().vlan() != 0 || !vf.defaultMac() || !isHome(vf))
        .forEach(vf -> held.put("VF", vf.toString()));
    if (!tor.runningConfig().equals(factory)) {
      held.put("switch", tor.runningConfig());
    }
    return held;
  }

  private static boolean isHome(VfSnapshot vf) {
    return vf.binding().netdev().filter(netdev -> netdev.home()).isPresent();
  }

  private Optional<String> monitored(Url hop) {
    ConnectionEvent first =
        MonitorConnectionGrpc.newBlockingStub(speaking(hop))
            .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
            .monitorConnections(MonitorScopeSelector.getDefaultInstance())
            .next();
    return first.getConnectionsMap().isEmpty()
        ? Optional.empty()
        : Optional.of(first.getConnectionsMap().keySet().toString());
  }

  private Catalog catalog() {
    return VirtualFunctionsGrpc.newBlockingStub(channels.to(unix("vf.sock")))
        .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .watch(WatchRequest.getDefaultInstance())
        .next();
  }

  /** What stands in the journals of daemons that have ended: what a successor would take up. */
  TreeSet<String> journalled() {
    TreeSet<String> left = new TreeSet<>();
    for (String daemon : List.of("nsmgr", "manager", "shim")) {
      entries(state(daemon).resolve("sessions")).forEach((id, said) -> left.add(daemon + " " + id));
    }
    entries(state("shim").resolve("fabric")).keySet().stream()
        .filter(key -> key.startsWith("former/"))
        .forEach(key -> left.add("fabric " + key));
    return left;
  }

  private static Map<String, String> entries(Path file) {
    if (!Files.exists(file)) {
      return Map.of();
    }
    try (Journal journal = Journal.open(file, durability(file))) {
      return journal.entries();
    }
  }

  /** By how the file begins: one opened as what it is not would be found damaged, or be emptied. */
  private static Journal.Durability durability(Path file) {
    try {
      return Files.readString(file).startsWith("boot ")
          ? Journal.Durability.PROCESS
          : Journal.Durability.DISK;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Powers on what the service leads to: a machine behind the switch that answers pings. */
  Gateway gateway() {
    Cable cable = opened.push(new Cable("gateway"));
    tor.attach(GATEWAY.port(), cable.switchEnd());
    return opened.push(Gateway.open(GATEWAY, VLAN, cable.nicEnd()));
  }

  /**
   * The client as it runs in the pod's container, for a VF as the interface {@code nsm-1}. It is in
   * no namespace of its own, and so does not ping: what may be down is down.
   */
  Nsc nsc(String service) {
    Map<String, String> environment = environment("cnf-1");
    environment.put(
        "NSM_NETWORK_SERVICES", "kernel://" + service + "/nsm-1?sriovToken=" + RESOURCE);
    environment.put("POD_NAME", "cnf-1");
    environment.put("POD_NAMESPACE", "default");
    environment.put("NSM_LIVENESS_CHECK_ENABLED", "false");
    Surroundings surroundings = new Surroundings("file://" + pod.path(), Map.of());
    return opened.push(Nsc.of(Environment.read(NscConfig.class, environment), surroundings, time));
  }

  /** Ends the daemons as a stop of the node would, and takes the hardware away. */
  @Override
  public void close() {
    shim.ifPresent(TorShim::close);
    shim = Optional.empty();
    opened.close();
  }
}
