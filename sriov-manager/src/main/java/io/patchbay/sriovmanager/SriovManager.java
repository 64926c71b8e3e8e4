package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.linux.DeviceEvents;
import io.patchbay.linux.LinkEvents;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciSysfs;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.AuthorizeWatch;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.MeshServer;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.ManagerEndpoints;
import io.patchbay.mesh.registry.Registration;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sriovmanager.events.EventQueue;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: owner of this node's VFs and the forwarder for hardware. What it holds outlives it: a
 * successor finds all of it in its journals and on the NICs.
 */
public final class SriovManager implements AutoCloseable {
  /** What requests must satisfy, whoever watches, and what a registry answers. */
  private record Rules(Policies requests, Policies watches, Policies answers) {}

  /** What decides about requests, and who is told of those that are refused. */
  private record Door(Rules rules, Refusals refusals) {}

  private static final Logger log = LoggerFactory.getLogger(SriovManager.class);

  /** The subsystems whose devices it looks after; an RDMA device comes some time after its VF. */
  private static final Set<String> TOLD = Set.of("pci", "infiniband_verbs");

  private final SriovManagerConfig config;
  private final Optional<Identities> identities;
  private final Time time;
  private final Stack running = new Stack();
  private final NetworkNamespace home;

  private SriovManager(
      SriovManagerConfig config,
      Optional<Identities> identities,
      NetworkNamespace home,
      Time time) {
    this.identities = identities;
    this.config = config;
    this.time = time;
    this.home = running.push(home);
  }

  /**
   * Starts all of it: takes up what an earlier process left, makes the NICs as wanted, serves.
   * Throws {@link Failure} naming what is wrong in the configuration, or taken by another process.
   */
  public static SriovManager start(
      SriovManagerConfig config, Optional<Identities> identities, Time time) {
    return start(config, identities, NetworkNamespace.own(), time);
  }

  /**
   * Without an identity of its own, and without TLS, for tests: for VFs whose interfaces are at
   * home in another namespace than this process's.
   *
   * @param home it is closed at the end, also when the start fails
   */
  public static SriovManager start(SriovManagerConfig config, NetworkNamespace home, Time time) {
    return start(config, Optional.empty(), home, time);
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static SriovManager start(SriovManagerConfig config, Time time) {
    return start(config, Optional.empty(), time);
  }

  private static SriovManager start(
      SriovManagerConfig config,
      Optional<Identities> identities,
      NetworkNamespace home,
      Time time) {
    SriovManager manager = new SriovManager(config, identities, home, time);
    try {
      manager.open();
      return manager;
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private void open() {
    Omission omission = Omission.of(config.breaks());
    PciSysfs sysfs = new PciSysfs(config.pciDevicesPath(), config.pciDriversPath());
    LiveConfig live =
        LiveConfig.open(
            config.sriovConfigFile(),
            new Candidates(sysfs),
            new KeptConfig(config.stateDir().resolve("last-good-config")));
    String boot = boot();
    Rules rules = rules();
    identities.ifPresent(Identities::await);
    Path state = state(omission);
    Ledger ledger = running.push(Ledger.open(state.resolve("ledger"), time, Patience.USUAL, boot));
    Journal journal = running.push(Journal.open(state.resolve("sessions")));
    VfControl control = running.push(new VfControl(this::pfs, omission));
    Optional<CablesFile> cables =
        Optional.of(config.cablesFile())
            .filter(file -> !file.isEmpty())
            .map(file -> new CablesFile(Path.of(file), time));
    Hardware hardware = hardware(sysfs, control, omission, cables);
    Stock stock = running.push(stock(live.wanted(), hardware, ledger));
    stock.start();
    live.onChange(control::forget);
    live.also(() -> cables.flatMap(CablesFile::problem));
    Refusals refusals = refusals(stock, ledger, live);
    running.push(live).start(stock, ledger, LiveConfig.INTERVAL);
    Homecoming homecoming = running.push(new Homecoming(ledger, hardware, time, stock::mayReset));
    listen(stock, homecoming, live);
    NodeOffer offer =
        new NodeOffer(config.nodeName(), stock::names, stock::options, stock::isFaulty);
    Sessions sessions = Sessions.durable(time, journal);
    forward(sessions, new Door(rules, refusals), offer, ledger, hardware, homecoming);
    GrantTimes times = new GrantTimes();
    TrafficReader traffic = new TrafficReader(control::traffic, time);
    Metrics metrics = new Metrics(stock, ledger, state.resolve("ledger"), live, traffic);
    config.metrics().open(() -> metrics.registry(times), time).ifPresent(running::push);
    VirtualFunctionsService functions =
        new VirtualFunctionsService(stock, ledger, hardware, times, refusals);
    running.push(GrpcServer.startPrivately(config.vfSocket(), List.of(functions)));
    running.push(functions);
  }

  private Stock stock(SriovConfig wanted, Hardware hardware, Ledger ledger) {
    Supplier<Damping> damping = () -> new Damping(time, config.carrierDamping());
    return new Stock(wanted, hardware, ledger, damping, Stock.Pace.USUAL);
  }

  /** Where refusals are told, from now on also those that nobody has asked for. */
  private Refusals refusals(Stock stock, Ledger ledger, LiveConfig live) {
    Optional<EventQueue> events = config.cluster().open(config.nodeName(), time);
    events.ifPresent(queue -> {
      running.push(queue);
      Supplier<Set<Refusal>> wrong =
          () ->
              BrokenWatch.of(
                  stock.catalog().get(),
                  stock.problems(),
                  ledger.troubles().all(),
                  live.problems());
      running.push(new BrokenWatch(wrong, queue, time)).start();
    });
    return events.<Refusals>map(queue -> queue).orElse(Refusals.NONE);
  }

  private void listen(Stock stock, Homecoming homecoming, LiveConfig live) {
    LinkEvents links = running.push(home.links().subscribe());
    Consumer<LinkEvents.Event> wake =
        event -> {
          homecoming.wake(); // a VF may have come home
          stock.heard(event);
        };
    running.push(new EventWatch<>("link-watch", links::next, wake));
    try {
      DeviceEvents devices = running.push(DeviceEvents.of(TOLD, home));
      Consumer<DeviceEvents.Event> heard =
          event -> {
            stock.heard(event);
            live.wake(); // a selector may want what has come
          };
      running.push(new EventWatch<>("device-watch", devices::next, heard));
    } catch (Failure e) { // SELinux has a class of its own for these sockets
      log.warn(
          "the kernel does not tell of its devices, they are only looked at from time to time: {}",
          Failure.text(e));
    }
  }

  private Rules rules() {
    Doors doors = running.push(Doors.of(identities, config.mesh().opaUrl(), time));
    return new Rules(
        doors.requests(), doors.watches(), doors.answers(config.registryClientPolicies()));
  }

  /** The forwarder: its chain takes up the sessions, then what they do not know comes home. */
  private void forward(
      Sessions sessions,
      Door door,
      NodeOffer offer,
      Ledger ledger,
      Hardware hardware,
      Homecoming homecoming) {
    Channels channels =
        running.push(new Channels(config.dialTimeout(), identities.map(Identities::security)));
    Tokens tokens = Tokens.of(identities, config.name(), config.maxTokenLifetime(), time);
    ManagerEndpoints endpoints =
        new ManagerEndpoints(config.connectTo(), channels, tokens, door.rules.answers(), time);
    Registries registries = endpoints.registries().watched(running, time);
    running.push(sessions::leave);
    Announce announce = new Announce();
    Dial dial = new Dial(channels, tokens, time, endpoints);
    Chain chain =
        new SriovManagerChain(
                time,
                door.rules.requests(),
                sessions,
                announce,
                registries,
                dial,
                offer,
                this::pod,
                door.refusals)
            .over(ledger, hardware, homecoming);
    homecoming.start(sessions);
    MeshServer server = new MeshServer(config.name(), chain, sessions, tokens, time);
    running.push(
        GrpcServer.start(
            List.of(config.listenOn()),
            List.of(server, announce.service(new AuthorizeWatch(door.rules.watches(), tokens))),
            identities.map(Identities::security)));
    running.push(Registration.start(registries, List.of(), endpoint(), time));
  }

  /** Without identities the labels are all there is. */
  private ClientPod pod(Connection connection) {
    return identities
        .map(mine -> ClientPod.proven(connection, SpiffeId.parse(mine.current().id())))
        .orElseGet(() -> ClientPod.labelled(connection));
  }

  private Hardware hardware(
      PciSysfs sysfs, VfControl control, Omission omission, Optional<CablesFile> cables) {
    Vfio vfio = new Vfio(config.vfioPath(), config.vfioWithoutIommu(), config.parkingVlan());
    Supplier<CableMap> known = () -> cables.map(CablesFile::cables).orElse(CableMap.NONE);
    Wiring wiring = running.push(new Wiring(known, config.nodeName(), home, time));
    return new Nics(
        sysfs,
        control,
        new VfInterfaces(sysfs, home),
        vfio,
        new NodeDevices(config.devPath()),
        omission,
        wiring);
  }

  private VirtualFunctions pfs() {
    return new VirtualFunctions(
        config.pfNetlink().isEmpty()
            ? NetlinkEndpoint.kernel()
            : NetlinkEndpoint.unix(Path.of(config.pfNetlink())));
  }

  /** Tells one boot of this machine from the next. */
  private String boot() {
    try {
      return Files.readString(config.bootId()).strip();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot read " + config.bootId() + ": " + Failure.text(e), e);
    }
  }

  private Path state(Omission omission) {
    Path state = config.stateDir();
    if (omission.omits(Omission.Action.JOURNAL) && Files.exists(state)) {
      forget(state);
    }
    return state;
  }

  private static void forget(Path state) {
    try {
      Path aside = Files.createTempDirectory(state.toAbsolutePath().getParent(), "forgotten");
      Files.move(state, aside.resolve(state.getFileName()));
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot move " + state + ": " + Failure.text(e), e);
    }
  }

  private NetworkServiceEndpoint endpoint() {
    return ManagerEndpoints.forwarder(
        config.name(), config.listenOn(), config.serviceName(), config.labels());
  }

  @Override
  public void close() {
    running.close();
  }
}
