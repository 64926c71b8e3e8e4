package io.patchbay.torshims;

import io.grpc.BindableService;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.AuthorizeWatch;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.MeshServer;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.Registration;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.torshims.SwitchPorts.Ours;
import io.patchbay.torshims.TorShimChain.Plant;
import io.patchbay.torshims.gnmi.GnmiSwitch;
import io.patchbay.torshims.lease.Lease;
import io.patchbay.torshims.lease.LeaseKeeper;
import io.patchbay.torshims.netconf.NetconfSwitch;
import io.patchbay.torshims.netconf.SshDoor;
import io.patchbay.torshims.netconf.UndoLog;
import io.patchbay.torshims.rest.RestSwitch;
import io.patchbay.torshims.snmp.SnmpSwitch;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: an endpoint for the services of a fabric, and the only writer of the fabric's switch
 * ports. Stopping it changes nothing on a switch: a successor finds its connections, their timers
 * and what the ports were before in its state folder. Of several replicas one serves, whose the
 * lease is; the others stand by, and know nothing that could be out of date when their time comes.
 */
public final class TorShim implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TorShim.class);

  private final TorShimConfig config;
  private final Optional<Identities> identities;
  private final Consumer<Failure> ending;
  private final Time time;
  private final Stack running = new Stack();
  private final Lease lease;
  private final LeaseKeeper keeper;
  private final PrometheusRegistry told;
  private volatile boolean started;
  private volatile boolean closed;
  private volatile Url url;
  private volatile Optional<Registration> registration = Optional.empty();

  private TorShim(
      TorShimConfig config,
      Optional<Identities> identities,
      Consumer<Failure> ending,
      Lease lease,
      Time time) {
    this.identities = identities;
    this.config = config;
    this.ending = ending;
    this.time = time;
    this.url = config.listenOn();
    this.lease = lease;
    this.keeper = running.push(new LeaseKeeper(lease, new Writing(), time));
    this.told = Metrics.ofReplica(keeper::holds);
  }

  /**
   * Starts all of it: reads the three files, and if no other replica has the lease takes up what an
   * earlier process left, serves, and registers; switches are dialled when they are needed. Else it
   * does that when the lease has come to it. Throws {@link Failure} naming the file and line or
   * field that is wrong, or what another process has taken.
   *
   * @param ending is told, on any thread, why this replica cannot go on: what it has been the
   *     writer of is another's now, or it could not begin when it was its turn. The process should
   *     end, and be started anew
   */
  public static TorShim start(
      TorShimConfig config, Optional<Identities> identities, Consumer<Failure> ending, Time time) {
    Lease lease = config.lease().open(config.stateDir(), config.name(), time);
    return start(config, identities, ending, lease, time);
  }

  static TorShim start(
      TorShimConfig config,
      Optional<Identities> identities,
      Consumer<Failure> ending,
      Lease lease,
      Time time) {
    TorShim shim = new TorShim(config, identities, ending, lease, time);
    try {
      shim.standBy();
      shim.started = true;
      return shim;
    } catch (RuntimeException e) {
      shim.close();
      throw e;
    }
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static TorShim start(TorShimConfig config, Time time) {
    return start(config, Optional.empty(), failure -> {}, time);
  }

  /** What must be right is looked at now, when somebody looks, and not at the worst time. */
  private void standBy() {
    requireReachable();
    requireLocal(config.fabricDoor());
    Inventory files = Inventory.read(config);
    requireTimely(files.switches());
    config.metrics().open(() -> told, time).ifPresent(running::push);
    keeper.start();
  }

  /** A change that is under way when the lease is lost must end before another may have it. */
  private void requireTimely(Switches switches) {
    Duration margin = lease.terms().margin();
    for (SwitchEntry entry : switches.switches()) {
      if (entry.deadlines().answer().compareTo(margin) > 0) {
        throw new Failure(
            Failure.Kind.INVALID,
            "switch %s: its deadlines.rpc of %d s is more than half of PATCHBAY_LEASE_DURATION"
                .formatted(entry.name(), entry.deadlines().answer().toSeconds()));
      }
    }
  }

  /** What the shim is told of its fabric. */
  private record Inventory(Switches switches, FabricServices fabric, Cables cables) {
    static Inventory read(TorShimConfig config) {
      Switches switches = Switches.readFile(config.switchesFile());
      return new Inventory(
          switches,
          FabricServices.readFile(config.fabricFile(), switches.names()),
          Cables.readFile(config.cablesFile(), switches.names()));
    }
  }

  /** What becomes of this replica. */
  private final class Writing implements LeaseKeeper.Holder {
    @Override
    public void begin() {
      try {
        serve();
      } catch (RuntimeException e) {
        if (!started) {
          throw e; // to whoever starts it
        }
        if (!closed) {
          close(); // so that another may try
          end(e instanceof Failure failure ? failure : unforeseen(e));
        }
      }
    }

    @Override
    public void lost(Failure why) {
      end(why);
    }

    private Failure unforeseen(RuntimeException e) {
      return new Failure(Failure.Kind.INTERNAL, Failure.text(e), e);
    }
  }

  private void end(Failure why) {
    log.error("this replica is the writer no more: {}", Failure.text(why));
    ending.accept(why);
  }

  private void serve() {
    Inventory files = Inventory.read(config);
    FabricServices fabric = files.fabric();
    Doors doors = running.push(Doors.of(identities, config.mesh().opaUrl(), time));
    Policies requests = doors.requests();
    Policies watches = doors.watches();
    Policies answers = doors.answers(config.registryClientPolicies());
    identities.ifPresent(Identities::await);
    StateFolder state =
        running.push(new StateFolder(state(), lease, files.switches().names(), config.name()));
    Segments segments = new Segments(fabric, state.fabric());
    Books books = new Books(state, segments, state.history(), new CommitMeasures());
    Map<String, Metrics.Told> told = writers(files, books);
    Map<String, SwitchWriter> writers = new TreeMap<>();
    told.forEach((tor, each) -> writers.put(tor, each.writer()));
    Plant plant =
        new Plant(
            fabric,
            files.cables(),
            segments,
            new Addresses(fabric),
            writers,
            new CheckNode(fabric.identities(), identities));
    Tokens tokens = Tokens.of(identities, config.name(), config.maxTokenLifetime(), time);
    Sessions sessions = Sessions.durable(time, state.sessions());
    Announce announce = new Announce(plant::isCut);
    Chain chain = TorShimChain.of(config.name(), requests, plant, sessions, announce, time);
    writers
        .values()
        .forEach(writer -> {
          writer.onLinkChange(announce::review);
          writer.start();
        });
    MeshServer server = new MeshServer(config.name(), chain, sessions, tokens, time);
    new Metrics(fabric, segments, told, books.commits()).register(this.told);
    Trial trial = new Trial(fabric, files.cables(), segments, writers, time);
    tellLocally(new FabricDoor(writers, sessions, books.history(), trial));
    url = serve(server, announce.service(new AuthorizeWatch(watches, tokens)));
    Channels channels = running.push(new Channels(identities.map(Identities::security)));
    Registries registries = Registries.at(config.connectTo(), channels, tokens, answers, time);
    register(Registration.start(registries, services(fabric), endpoint(fabric), time));
  }

  /** An endpoint of that name may be another replica's by the time this one leaves. */
  private void register(Registration registering) {
    registration = Optional.of(registering);
    running.push(() -> {
      if (keeper.holds()) {
        registering.close();
      } else {
        registering.leave();
      }
    });
  }

  /** A test of the tests: {@code PATCHBAY_BREAK=journal} writes where no successor will look. */
  private Path state() {
    if (!config.breaks().equals("journal")) {
      return config.stateDir();
    }
    log.error("PATCHBAY_BREAK=journal: this daemon is broken on purpose");
    try {
      return Files.createTempDirectory(Files.createDirectories(config.stateDir()), "forgetful");
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "no folder in " + config.stateDir() + ": " + Failure.text(e),
          e);
    }
  }

  private Map<String, Metrics.Told> writers(Inventory files, Books books) {
    Switches switches = files.switches();
    Cables cables = files.cables();
    Journal kept = books.state().fabric();
    FormerPorts.forgetOthers(kept, switches.names(), time.now());
    PortLinks.forgetOthers(kept, switches.names());
    UndoLog.forgetOthers(kept, switches.namesByNetconf());
    SshDoor door = running.push(new SshDoor());
    Neighbours neighbours = new Neighbours(cables, time);
    DialLimit dials = new DialLimit(time);
    Map<String, Metrics.Told> writers = new TreeMap<>();
    for (SwitchEntry entry : switches.switches()) {
      HeardDriver heard = new HeardDriver(driver(entry, door, books));
      LeasedDriver leased = running.push(new LeasedDriver(heard, keeper));
      SwitchDriver driver = new DialLimitedDriver(entry.name(), leased, dials);
      FormerPorts formers = new FormerPorts(kept, entry.name());
      Ours ours = Ours.of(entry.name(), files.fabric(), cables, books.segments());
      SwitchPorts ports = new SwitchPorts(entry.name(), driver, formers, ours);
      SwitchWriter.Terms terms = SwitchWriter.Terms.usual(config.maxTokenLifetime());
      Lookout lookout = new Lookout(entry.name(), driver, neighbours, terms.audit(), time);
      PortLinks links = new PortLinks(kept, entry.name(), cables.ports(entry.name()));
      SwitchWriter.Sight sight = new SwitchWriter.Sight(lookout, links, heard::isSilent);
      SwitchAccount account =
          new SwitchAccount(entry.name(), books.history(), books.commits(), time);
      SwitchWriter writer =
          running.push(new SwitchWriter(entry.name(), ports, sight, terms, account, time));
      writers.put(entry.name(), new Metrics.Told(writer, heard));
    }
    return writers;
  }

  private SwitchDriver driver(SwitchEntry entry, SshDoor door, Books books) {
    SwitchDriver driver = spoken(entry, door, books);
    return config.breaks().equals("port") ? new UnpluggedDriver(driver) : driver;
  }

  private SwitchDriver spoken(SwitchEntry entry, SshDoor door, Books books) {
    String persist = books.state().token();
    VlanNames names = new VlanNames(books.segments()::service);
    if (entry.rest() != null) {
      return new RestSwitch(entry, entry.rest(), time);
    }
    if (entry.snmp() != null) {
      return new SnmpSwitch(entry, entry.snmp(), names, time);
    }
    return entry.gnmi() == null
        ? new NetconfSwitch(
            entry, door, persist, new UndoLog(books.state().fabric(), entry.name()), names, time)
        : new GnmiSwitch(entry, entry.gnmi(), persist, names, time);
  }

  /** What is kept of switches: what must not be lost, what is good to know, and the figures. */
  private record Books(
      StateFolder state, Segments segments, History history, CommitMeasures commits) {}

  /**
   * Whoever may open the socket may look; a door that cannot be opened keeps nobody from serving.
   */
  private void tellLocally(FabricDoor door) {
    Url socket = config.fabricDoor();
    try {
      running.push(GrpcServer.startPrivately(socket, List.of(door)));
    } catch (Failure e) {
      log.error("'patchbay fabric' finds no answer at {}: {}", socket, Failure.text(e));
    }
  }

  private static void requireLocal(Url socket) {
    if (!socket.isLocal()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "PATCHBAY_FABRIC_SOCKET=" + socket + ": it tells all about the fabric; write unix://...");
    }
  }

  private void requireReachable() {
    if (url.isLocal()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "NSM_LISTEN_ON=" + url + ": a shim is reached from other hosts; write tcp://:5003");
    }
  }

  /** Serves, and says under which address others find it. */
  private Url serve(MeshServer server, BindableService watching) {
    GrpcServer grpc =
        running.push(
            GrpcServer.start(
                List.of(url), List.of(server, watching), identities.map(Identities::security)));
    return PublishedUrl.of(grpc.addresses().getFirst());
  }

  private static List<NetworkService> services(FabricServices fabric) {
    return fabric.services().stream()
        .map(service ->
            NetworkService.newBuilder()
                .setName(service.name())
                .setPayload(service.payload())
                .build())
        .toList();
  }

  private NetworkServiceEndpoint endpoint(FabricServices fabric) {
    return NetworkServiceEndpoint.newBuilder()
        .setName(config.name())
        .addAllNetworkServiceNames(fabric.services().stream().map(FabricService::name).toList())
        .setUrl(url.toString())
        .build();
  }

  /** Where it serves, as registered; while it stands by, where it would. */
  public Url url() {
    return url;
  }

  /** Whether this replica is the writer now. */
  public boolean writes() {
    return keeper.holds();
  }

  /** Whether the registry knows its services now. */
  public boolean registered() {
    return registration.map(Registration::registered).orElse(false);
  }

  @Override
  public void close() {
    closed = true;
    running.close();
  }
}
