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
import io.patchbay.torshims.netconf.NetconfSwitch;
import io.patchbay.torshims.netconf.SshDoor;
import io.patchbay.torshims.netconf.UndoLog;
import io.patchbay.torshims.rest.RestSwitch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: an endpoint for the services of a fabric, and the only writer of the fabric's switch
 * ports. Stopping it changes nothing on a switch: a successor finds its connections, their timers
 * and what the ports were before in its state folder.
 */
public final class TorShim implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TorShim.class);

  private final TorShimConfig config;
  private final Optional<Identities> identities;
  private final Time time;
  private final Stack running = new Stack();
  private Url url;
  private Optional<Registration> registration = Optional.empty();

  private TorShim(TorShimConfig config, Optional<Identities> identities, Time time) {
    this.identities = identities;
    this.config = config;
    this.time = time;
    this.url = config.listenOn();
  }

  /**
   * Starts all of it: reads the three files, takes up what an earlier process left, serves, and
   * registers; switches are dialled when they are needed. Throws {@link Failure} naming the file
   * and line or field that is wrong, or what another process has taken.
   */
  public static TorShim start(TorShimConfig config, Optional<Identities> identities, Time time) {
    TorShim shim = new TorShim(config, identities, time);
    try {
      shim.open();
      return shim;
    } catch (RuntimeException e) {
      shim.close();
      throw e;
    }
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static TorShim start(TorShimConfig config, Time time) {
    return start(config, Optional.empty(), time);
  }

  private void open() {
    requireReachable();
    Switches switches = Switches.readFile(config.switchesFile());
    FabricServices fabric = FabricServices.readFile(config.fabricFile(), switches.names());
    Cables cables = Cables.readFile(config.cablesFile(), switches.names());
    Doors doors = running.push(Doors.of(identities, config.mesh().opaUrl(), time));
    Policies requests = doors.requests();
    Policies watches = doors.watches();
    Policies answers = doors.answers(config.registryClientPolicies());
    identities.ifPresent(Identities::await);
    Path state = state();
    Journal kept = running.push(Journal.open(state.resolve("fabric")));
    Journal connections = running.push(Journal.open(state.resolve("sessions")));
    History history = History.in(state.resolve("history"));
    CommitMeasures commits = new CommitMeasures();
    Segments segments = new Segments(fabric, kept);
    Books books = new Books(kept, segments, history, commits);
    Map<String, Metrics.Told> told = writers(switches, fabric, cables, books);
    Map<String, SwitchWriter> writers = new TreeMap<>();
    told.forEach((tor, each) -> writers.put(tor, each.writer()));
    Plant plant =
        new Plant(
            fabric,
            cables,
            segments,
            new Addresses(fabric),
            writers,
            new CheckNode(fabric.identities(), identities));
    Tokens tokens = Tokens.of(identities, config.name(), config.maxTokenLifetime(), time);
    Sessions sessions = Sessions.durable(time, connections);
    Announce announce = new Announce(plant::isCut);
    Chain chain = TorShimChain.of(config.name(), requests, plant, sessions, announce, time);
    writers
        .values()
        .forEach(writer -> {
          writer.onLinkChange(announce::review);
          writer.start();
        });
    MeshServer server = new MeshServer(config.name(), chain, sessions, tokens, time);
    Metrics metrics = new Metrics(fabric, segments, told, commits);
    config.metrics().open(metrics::registry, time).ifPresent(running::push);
    tellLocally(new FabricDoor(writers, sessions, history));
    url = serve(server, announce.service(new AuthorizeWatch(watches, tokens)));
    Channels channels = running.push(new Channels(identities.map(Identities::security)));
    Registries registries = Registries.at(config.connectTo(), channels, tokens, answers, time);
    registration =
        Optional.of(
            running.push(Registration.start(registries, services(fabric), endpoint(fabric), time)));
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

  private Map<String, Metrics.Told> writers(
      Switches switches, FabricServices fabric, Cables cables, Books books) {
    Journal kept = books.kept();
    String persist = FormerPorts.persist(kept, switches.names(), config.name());
    FormerPorts.forgetOthers(kept, switches.names(), time.now());
    UndoLog.forgetOthers(kept, switches.namesByNetconf());
    SshDoor door = running.push(new SshDoor());
    Neighbours neighbours = new Neighbours(cables, time);
    DialLimit dials = new DialLimit(time);
    Map<String, Metrics.Told> writers = new TreeMap<>();
    for (SwitchEntry entry : switches.switches()) {
      HeardDriver heard = running.push(new HeardDriver(driver(entry, door, persist, books)));
      SwitchDriver driver = new DialLimitedDriver(entry.name(), heard, dials);
      FormerPorts formers = new FormerPorts(kept, entry.name());
      Ours ours = Ours.of(entry.name(), fabric, cables, books.segments());
      SwitchPorts ports = new SwitchPorts(entry.name(), driver, formers, ours);
      SwitchWriter.Terms terms = SwitchWriter.Terms.usual(config.maxTokenLifetime());
      Lookout lookout = new Lookout(entry.name(), driver, neighbours, terms.audit(), time);
      SwitchWriter.Sight sight = new SwitchWriter.Sight(lookout, new PortLinks(kept, entry.name()));
      SwitchAccount account =
          new SwitchAccount(entry.name(), books.history(), books.commits(), time);
      SwitchWriter writer =
          running.push(new SwitchWriter(entry.name(), ports, sight, terms, account, time));
      writers.put(entry.name(), new Metrics.Told(writer, heard));
    }
    return writers;
  }

  private SwitchDriver driver(SwitchEntry entry, SshDoor door, String persist, Books books) {
    SwitchDriver driver = spoken(entry, door, persist, books);
    return config.breaks().equals("port") ? new UnpluggedDriver(driver) : driver;
  }

  private SwitchDriver spoken(SwitchEntry entry, SshDoor door, String persist, Books books) {
    VlanNames names = new VlanNames(books.segments()::service);
    if (entry.rest() != null) {
      return new RestSwitch(entry, entry.rest(), time);
    }
    return entry.gnmi() == null
        ? new NetconfSwitch(
            entry, door, persist, new UndoLog(books.kept(), entry.name()), names, time)
        : new GnmiSwitch(entry, entry.gnmi(), persist, names, time);
  }

  /** What is kept of switches: what must not be lost, what is good to know, and the figures. */
  private record Books(Journal kept, Segments segments, History history, CommitMeasures commits) {}

  /**
   * Whoever may open the socket may look; a door that cannot be opened keeps nobody from serving.
   */
  private void tellLocally(FabricDoor door) {
    Url socket = config.fabricDoor();
    if (!socket.isLocal()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "PATCHBAY_FABRIC_SOCKET=" + socket + ": it tells all about the fabric; write unix://...");
    }
    try {
      running.push(GrpcServer.startPrivately(socket, List.of(door)));
    } catch (Failure e) {
      log.error("'patchbay fabric' finds no answer at {}: {}", socket, Failure.text(e));
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

  /** Where it serves, as registered. */
  public Url url() {
    return url;
  }

  /** Whether the registry knows its services now. */
  public boolean registered() {
    return registration.map(Registration::registered).orElse(false);
  }

  @Override
  public void close() {
    running.close();
  }
}
