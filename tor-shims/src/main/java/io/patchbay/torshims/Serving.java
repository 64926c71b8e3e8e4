package io.patchbay.torshims;

import io.grpc.BindableService;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.DurableMap;
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
import io.patchbay.torshims.snmp.TrapSocket;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shim while it is the writer: what it serves, and what it says to the switches of one {@link
 * Inventory}. Ending it changes nothing on a switch: the next one finds its connections, their
 * timers and what the ports were before in the state folder.
 */
final class Serving implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Serving.class);

  private final TorShimConfig config;
  private final Inventory files;
  private final Optional<Identities> identities;
  private final Lease lease;
  private final LeaseKeeper keeper;
  private final Time time;
  private final Stack running = new Stack();
  private Url url;
  private @Nullable Registration registration;
  private @Nullable Segments segments;
  private volatile boolean stays;

  private Serving(TorShimConfig config, Inventory files, Replica replica, Time time) {
    this.config = config;
    this.files = files;
    this.identities = replica.identities();
    this.lease = replica.lease();
    this.keeper = replica.keeper();
    this.time = time;
    this.url = config.listenOn();
  }

  /** Whose it is. */
  record Replica(Optional<Identities> identities, Lease lease, LeaseKeeper keeper) {}

  /**
   * Takes up what an earlier process left, serves, and registers; switches are dialled when they
   * are needed. Throws {@link Failure}; then nothing of it runs.
   *
   * @param replica which has the lease
   * @param metrics is told of all that it does
   */
  static Serving start(
      TorShimConfig config,
      Inventory files,
      Replica replica,
      PrometheusRegistry metrics,
      Time time) {
    Serving serving = new Serving(config, files, replica, time);
    try {
      serving.begin(metrics);
      return serving;
    } catch (RuntimeException e) {
      serving.close();
      throw e;
    }
  }

  private void begin(PrometheusRegistry metrics) {
    FabricServices fabric = files.fabric();
    Doors doors = running.push(Doors.of(identities, config.mesh().opaUrl(), time));
    Policies requests = doors.requests();
    Policies watches = doors.watches();
    Policies answers = doors.answers(config.registryClientPolicies());
    identities.ifPresent(Identities::await);
    StateFolder state =
        running.push(
            new StateFolder(
                state(), lease, files.switches().names(), config.name(), keeper::check));
    EvpnServices.keepMarks(state.intents(), files.switches().namesWithInstances());
    Segments segments = new Segments(fabric, state.intents());
    this.segments = segments;
    Books books = new Books(state, segments, state.history(), new CommitMeasures());
    Map<String, Metrics.Told> told = writers(books);
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
    running.push(sessions::leave);
    Announce announce = new Announce(plant::isCut);
    Chain chain = TorShimChain.of(config.name(), requests, plant, sessions, announce, time);
    writers
        .values()
        .forEach(writer -> {
          writer.onLinkChange(announce::review);
          writer.start();
        });
    running.push(
        () -> writers.values().forEach(SwitchWriter::stop)); // all, before one is waited for
    MeshServer server = new MeshServer(config.name(), chain, sessions, tokens, time);
    new Metrics(fabric, segments, told, books.commits()).register(metrics);
    Trial trial = new Trial(fabric, files.cables(), segments, writers, time);
    tellLocally(new FabricDoor(writers, sessions, books.history(), trial));
    url = serve(server, announce.service(new AuthorizeWatch(watches, tokens)));
    Channels channels = running.push(new Channels(identities.map(Identities::security)));
    Registries registries = Registries.at(config.connectTo(), channels, tokens, answers, time);
    registration = Registration.start(registries, services(fabric), endpoint(fabric), time);
    running.push(this::deregister);
  }

  /** An endpoint of that name may be another replica's by the time this one leaves. */
  private void deregister() {
    Registration ending = Objects.requireNonNull(registration);
    if (keeper.holds() && !stays) {
      ending.close();
    } else {
      ending.leave();
    }
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

  private Map<String, Metrics.Told> writers(Books books) {
    Switches switches = files.switches();
    Cables cables = files.cables();
    Journal kept = books.state().fabric();
    DurableMap intents = books.state().intents();
    FormerPorts.forgetOthers(intents, switches.names(), time.now());
    PortLinks.forgetOthers(kept, switches.names());
    UndoLog.forgetOthers(kept, switches.namesByNetconf());
    Doorways doorways = new Doorways(running.push(new SshDoor()), traps());
    Neighbours neighbours = new Neighbours(cables, time);
    DialLimit dials = new DialLimit(time);
    Map<String, Metrics.Told> writers = new TreeMap<>();
    for (SwitchEntry entry : switches.switches()) {
      HeardDriver heard = new HeardDriver(driver(entry, doorways, books));
      LeasedDriver leased = running.push(new LeasedDriver(heard, keeper));
      SwitchDriver driver = new DialLimitedDriver(entry.name(), leased, dials);
      FormerPorts formers = new FormerPorts(intents, entry.name());
      Ours ours = Ours.of(entry.name(), files.fabric(), cables, books.segments());
      SwitchPorts ports = new SwitchPorts(entry.name(), driver, formers, ours);
      SwitchWriter.Terms terms = SwitchWriter.Terms.usual(config.maxTokenLifetime());
      Lookout lookout = new Lookout(entry.name(), driver, neighbours, terms.audit(), time);
      PortLinks links = new PortLinks(kept, entry.name(), ours.ports(), entry.deadlines().loss());
      SwitchWriter.Sight sight = new SwitchWriter.Sight(lookout, links, heard::isSilent);
      SwitchAccount account =
          new SwitchAccount(entry.name(), books.history(), books.commits(), time);
      SwitchWriter writer =
          running.push(new SwitchWriter(entry.name(), ports, sight, terms, account, time));
      writers.put(entry.name(), new Metrics.Told(writer, heard));
    }
    return writers;
  }

  /** What the drivers of all switches have in common. */
  private record Doorways(SshDoor ssh, Optional<TrapSocket> traps) {}

  /** What cannot be heard is asked for, if later: that keeps nobody from serving. */
  private Optional<TrapSocket> traps() {
    try {
      return config.traps().map(at -> running.push(TrapSocket.open(at)));
    } catch (Failure e) {
      log.error("no switch is heard by SNMP, all are asked: {}", Failure.text(e));
      return Optional.empty();
    }
  }

  private SwitchDriver driver(SwitchEntry entry, Doorways doorways, Books books) {
    SwitchDriver driver = spoken(entry, doorways, books);
    return config.breaks().equals("port") ? new UnpluggedDriver(driver) : driver;
  }

  private SwitchDriver spoken(SwitchEntry entry, Doorways doorways, Books books) {
    String persist = books.state().token();
    EvpnServices evpn =
        files
            .fabric()
            .evpn(entry.name(), books.segments().services())
            .where(entry.name(), books.state().intents());
    VlanNames names = new VlanNames(books.segments()::service, evpn, books.segments()::holder);
    if (entry.rest() != null) {
      return new RestSwitch(entry, entry.rest(), time);
    }
    if (entry.snmp() != null) {
      return new SnmpSwitch(entry, entry.snmp(), names, doorways.traps(), time);
    }
    Set<String> lags = files.lags(entry.name());
    if (entry.gnmi() != null) {
      return new GnmiSwitch(entry, entry.gnmi(), lags, persist, names, time);
    }
    UndoLog undo = new UndoLog(books.state().fabric(), entry.name());
    return new NetconfSwitch(entry, doorways.ssh(), lags, persist, undo, names, time);
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

  /** What it goes by. */
  Inventory files() {
    return files;
  }

  /** Why a service can have no VLAN, as things are; empty where it can. */
  Optional<String> objection(FabricService service) {
    return Objects.requireNonNull(segments).objection(service);
  }

  /** Where it serves, as registered. */
  Url url() {
    return url;
  }

  /** Whether the registry knows its services now. */
  boolean registered() {
    return registration != null && registration.registered();
  }

  /** Ends, and leaves the endpoint registered: the next one serves under its name. */
  void makeWay() {
    stays = true;
    close();
  }

  @Override
  public void close() {
    running.close();
  }
}
