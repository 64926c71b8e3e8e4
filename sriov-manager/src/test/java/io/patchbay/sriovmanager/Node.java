package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.hwsim.nic.Witness;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import io.patchbay.linux.VfChange;
import io.patchbay.linux.VfMessages;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkReplies;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * A node with a simulated NIC of twelve VFs and the manager's parts over it, but for the servers:
 * the next hop is an {@link #shim} that a test may change. {@link #crash} leaves everything as a
 * killed process would, and starts a successor.
 */
final class Node implements AutoCloseable {
  static final ResourceName FAST = ResourceName.parse("example.com/100g");
  static final int PARKING = 4094;
  static final String ADDRESS = "10.0.0.5/24";
  static final Stock.Pace PATIENT =
      new Stock.Pace(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofMinutes(1));
  private static final PciAddress PF = PciAddress.parse("0000:3b:00.0");

  final Time time;
  final Path folder;
  final NetworkNamespace home;
  final MachineNics nics;
  final AtomicInteger netlinkWrites = new AtomicInteger();
  final Nics hardware;
  final SriovConfig config;
  final PciSysfs pci;

  /** Which boot of the machine this is. */
  String boot = "boot-1";

  /** How VFs are set while a connection has them. */
  volatile VfOptions options = VfOptions.NONE;

  /** What the NIC's driver does not know. */
  volatile Predicate<VfChange> unknown = change -> false;

  /** What the NIC does not do for now, though its driver knows it: words of {@link Witness}. */
  volatile Predicate<String> refused = act -> false;

  /** What the next hop answers. */
  volatile UnaryOperator<Connection> shim = connection -> answered(connection, 100);

  Ledger ledger;
  Stock stock;
  Sessions sessions;
  Homecoming homecoming;
  Chain chain;

  /** Of the only PF. */
  final Cable cable;

  private final Stock.Pace pace;
  private final Stack machine = new Stack();
  private final Map<PciAddress, Listed> kubelet = new HashMap<>();
  private Stack daemon = new Stack();

  Node(Path folder, Time time) {
    this(folder, time, PATIENT);
  }

  Node(Path folder, Time time, Stock.Pace pace) {
    this(folder, time, pace, NicHardware.Slot.PLAIN, SriovConfigTest.good());
  }

  Node(Path folder, Time time, Stock.Pace pace, NicHardware.Slot slot, SriovConfig config) {
    this(folder, time, pace, slot, config, CableMap.NONE);
  }

  Node(
      Path folder,
      Time time,
      Stock.Pace pace,
      NicHardware.Slot slot,
      SriovConfig config,
      CableMap cables) {
    this(folder, time, pace, slot, config, cables, NicModel.E810);
  }

  Node(
      Path folder,
      Time time,
      Stock.Pace pace,
      NicHardware.Slot slot,
      SriovConfig config,
      CableMap cables,
      NicModel make) {
    this.config = config;
    this.folder = folder;
    this.time = time;
    this.pace = pace;
    home = machine.push(NetworkNamespace.create());
    cable = machine.push(new Cable("test"));
    NicHardware nic =
        new NicHardware(PF, "pf0", MacAddress.parse("02:00:00:00:01:00"), 12, make, slot);
    Path sysfs = folder.resolve("pci");
    Path netlink = folder.resolve("netlink");
    nics =
        machine.push(
            MachineNics.open(
                new MachineNics.Machine(home, sysfs, netlink, new Refuser()),
                List.of(new MachineNics.Plugged(nic, cable.nicEnd()))));
    switchOn();
    pci = new PciSysfs(sysfs.resolve("devices"), sysfs.resolve("drivers"));
    VfControl control =
        machine.push(
            new VfControl(
                () -> new VirtualFunctions(counted(NetlinkEndpoint.unix(netlink))), Omission.NONE));
    hardware =
        new Nics(
            pci,
            control,
            new VfInterfaces(pci, home, Duration.ofSeconds(1)),
            new Vfio(folder.resolve("vfio"), false, PARKING),
            new NodeDevices(folder.resolve("dev")),
            Omission.NONE,
            machine.push(new Wiring(cables, "node-1", home, time)));
    start();
  }

  /** As the node's network configuration does at boot, and whenever the PF's interface is new. */
  void switchOn() {
    home.links().up(home.links().require("pf0").index());
  }

  /** As an administrator does: {@code ip link set pf0 down}. */
  void switchOff() {
    home.links().down(home.links().require("pf0").index());
  }

  private final class Refuser implements Witness {
    @Override
    public void before(String act) {
      if (refused.test(act)) {
        throw Errno.EIO.failure(act);
      }
    }

    @Override
    public void after(String act) {}
  }

  private NetlinkEndpoint counted(NetlinkEndpoint endpoint) {
    return new NetlinkEndpoint() {
      private final Queue<byte[]> refusals = new ConcurrentLinkedQueue<>();

      @Override
      public void send(byte[] datagram) {
        NetlinkMessage request = NetlinkMessage.decode(datagram).getFirst();
        if (request.type() != Rtm.GETLINK) {
          netlinkWrites.incrementAndGet();
          if (VfMessages.changes(request).stream().anyMatch(unknown)) {
            refusals.add(NetlinkReplies.refusal(request, Errno.EOPNOTSUPP, ""));
            return;
          }
        }
        endpoint.send(datagram);
      }

      @Override
      public byte[] receive(Duration timeout) {
        byte[] refusal = refusals.poll();
        return refusal == null ? endpoint.receive(timeout) : refusal;
      }

      @Override
      public void close() {
        endpoint.close();
      }
    };
  }

  /** Says which pod a request is for. */
  Function<Connection, ClientPod> pods = ClientPod::labelled;

  private void start() {
    ledger = daemon.push(Ledger.open(folder.resolve("ledger"), time, Patience.USUAL, boot));
    Journal journal = daemon.push(Journal.open(folder.resolve("sessions")));
    stock =
        daemon.push(
            new Stock(
                config, hardware, ledger, () -> new Damping(time, Duration.ofSeconds(2)), pace));
    stock.start();
    sessions = Sessions.durable(time, journal);
    homecoming =
        new Homecoming(
            ledger,
            hardware,
            time,
            (vf, vacant) -> options.wantsReset() && stock.mayReset(vf, vacant));
    List<Link> links = new java.util.ArrayList<>(List.of(sessions));
    links.addAll(links());
    links.add(this::next);
    chain = Chain.of(links);
    daemon.push(homecoming);
    homecoming.start(sessions);
  }

  /** The links under test, in their order. */
  List<Link> links() {
    return List.of(
        new HoldVf(
            ledger,
            hardware,
            homecoming,
            this::lives,
            new NodeOffer("node-1", config::names, vf -> options),
            connection -> pods.apply(connection)),
        new Address(),
        new Attach(ledger, hardware),
        new Tag(ledger, hardware));
  }

  private boolean lives(String url) {
    try (NetworkNamespace found = io.patchbay.linux.Namespaces.open(url)) {
      return found.inode() > 0;
    } catch (Failure e) {
      return false;
    }
  }

  private Connection next(Call call, Handler unused) {
    return shim.apply(
        call.edit(connection ->
                call.preferences().stream()
                    .findFirst()
                    .map(connection::setMechanism)
                    .orElse(connection))
            .connection());
  }

  /** As a shim answers: a VLAN and an address. */
  static Connection answered(Connection asked, int vlan) {
    VlanParameters told =
        new VlanParameters(
            Optional.of(vlan), VlanParameters.of(asked.getMechanism()).orElseThrow().function());
    return asked.toBuilder()
        .setMechanism(told.mechanism())
        .setContext(
            ConnectionContext.newBuilder()
                .setIpContext(IPContext.newBuilder().addSrcIpAddrs(ADDRESS)))
        .build();
  }

  /** The process is killed, and another one starts. */
  void crash() {
    Stack killed = daemon;
    daemon = new Stack();
    killed.close();
    start();
  }

  /** The machine goes down and comes up: its pods are gone, and the next boot begins. */
  void reboot() {
    boot += "+1";
    crash();
  }

  /** The same, and the NIC was without power too. */
  void powerCycle() {
    boot += "+1";
    Stack killed = daemon;
    daemon = new Stack();
    killed.close();
    reset();
    start();
  }

  /** The PF loses its VFs, and with them all that they were told. */
  void reset() {
    write("devices/" + PF + "/sriov_numvfs", "0");
  }

  void write(String file, String text) {
    try {
      Files.writeString(folder.resolve("pci").resolve(file), text, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  NetworkNamespace pod() {
    return machine.push(NetworkNamespace.create());
  }

  /** The kubelet gives a VF to a pod. */
  Claim allocate(int number, String pod) {
    PciAddress vf = address(number);
    Claim claim = ledger.reserve(FAST, List.of(vf)).getFirst();
    kubelet.put(vf, new Listed(FAST.toString(), new Claim.Use("default", pod, "app", 0)));
    return claim;
  }

  void reportInUse() {
    ledger.report(kubelet, false);
  }

  void podEnds(int number) {
    kubelet.remove(address(number));
  }

  PciAddress address(int number) {
    return nics.snapshot().getFirst().vfs().get(number).address();
  }

  VfSnapshot vf(int number) {
    return nics.snapshot().getFirst().vfs().get(number);
  }

  VirtualFunction listed(int number) {
    return stock.catalog().find(address(number)).orElseThrow();
  }

  /** What the VF's pod asks for. */
  Call call(String id, NetworkNamespace pod, String podName, String tokenId) {
    Mechanism kernel =
        new KernelParameters(
                Optional.of(pod.inodeUrl()),
                Optional.of("nsm-1"),
                Optional.of(tokenId).filter(token -> !token.isEmpty()))
            .mechanism();
    Connection asked =
        Connections.arrived(id, time).toBuilder()
            .setNetworkService("svc@example.com")
            .putLabels("sriovToken", FAST.toString())
            .putLabels("podName", podName)
            .putLabels("podNamespace", "default")
            .build();
    return Call.of(
        asked, List.of(kernel), new Cause.Asked(), time.now().plus(Duration.ofSeconds(10)));
  }

  Connection request(String id, NetworkNamespace pod, String podName) {
    return chain.request(call(id, pod, podName, ""));
  }

  static void eventually(String what, BooleanSupplier condition) {
    Await.until(what, Duration.ofSeconds(15), condition);
  }

  /** Whether a VF is exactly as it was made. */
  boolean untouched(int number) {
    VfSnapshot vf = vf(number);
    return vf.defaultMac()
        && vf.settings().vlan() == 0
        && vf.settings().spoofCheck()
        && vf.binding().netdev().filter(netdev -> netdev.home()).isPresent()
        && vf.binding().netdev().orElseThrow().name().equals("pf0v" + number);
  }

  @Override
  public void close() {
    daemon.close();
    machine.close();
    if (Files.exists(folder.resolve("pci/devices"))) {
      throw new IllegalStateException("the simulated sysfs is still mounted");
    }
  }
}
