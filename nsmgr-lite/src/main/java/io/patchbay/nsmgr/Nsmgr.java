package io.patchbay.nsmgr;

import io.grpc.BindableService;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.AuthorizeWatch;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.MeshServer;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.MemoryRegistry;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manager of a node: its clients, endpoints and forwarders know nobody else, and other nodes
 * reach them through it. Registers nothing itself. Connections outlive a restart; what was
 * registered here is brought back by its owners.
 */
public final class Nsmgr implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Nsmgr.class);

  /** How long an endpoint stays that is not registered again (contracts/nsm.md 6.4). */
  private static final Duration ENDPOINT_LIFETIME = Duration.ofMinutes(1);

  private final Stack stack;
  private final GrpcServer server;
  private final Url publicUrl;

  private Nsmgr(Stack stack, NsmgrConfig config, Optional<Identities> identities, Time time) {
    this.stack = stack;
    publicUrl = PublicUrl.of(config.listenOn());
    Doors doors = stack.push(Doors.of(identities, config.mesh().opaUrl(), time));
    Policies requests = doors.requests();
    Policies watches = doors.watches(config.monitorPolicies());
    Policies registrations = doors.registrations(config.registryServerPolicies());
    Policies answers = doors.answers(config.registryClientPolicies());
    identities.ifPresent(Identities::await);
    Tokens tokens =
        Tokens.of(
            identities,
            "spiffe://k8s.nsm/ns/nsm-system/pod/" + config.name(),
            config.maxTokenLifetime(),
            time);
    Channels channels =
        stack.push(new Channels(config.dialTimeout(), identities.map(Identities::security)));
    Registries domain =
        domain(
            config,
            url -> Registries.at(url, channels, tokens, answers, time).watched(stack, time),
            time);
    var here = new MemoryRegistry<>(Kind.ENDPOINTS, time, ENDPOINT_LIFETIME);
    var endpoints = new NodeEndpoints(here, domain.endpoints(), publicUrl);
    var sockets = new NodeSockets(endpoints, here, channels);
    Journal journal =
        stack.push(Journal.open(config.stateDir().resolve("sessions"), Journal.Durability.PROCESS));
    Sessions sessions = Sessions.durable(time, journal);
    stack.push(sessions::leave);
    Announce announce = new Announce();
    Chain chain =
        NsmgrChain.of(
            sessions,
            announce,
            new Registries(domain.services(), endpoints),
            new NsmgrChain.Node(
                config.forwarderService(), publicUrl, config.excludedPrefixesFile(), requests),
            new Dial(channels, tokens, time, sockets),
            time);
    List<BindableService> services =
        new ArrayList<>(
            RegistryServer.of(
                new Registries(domain.services(), sockets), tokens, registrations, time));
    services.add(new MeshServer(config.name(), chain, sessions, tokens, time));
    services.add(announce.service(new AuthorizeWatch(watches, tokens)));
    server =
        stack.push(
            GrpcServer.start(config.listenOn(), services, identities.map(Identities::security)));
    log.info("{} serves on {}, known as {}", config.name(), server.addresses(), publicUrl);
  }

  /** Starts serving. Throws Failure when an address, the journal or the configuration is wrong. */
  public static Nsmgr start(NsmgrConfig config, Optional<Identities> identities, Time time) {
    return Stack.building(stack -> new Nsmgr(stack, config, identities, time));
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static Nsmgr start(NsmgrConfig config, Time time) {
    return start(config, Optional.empty(), time);
  }

  private static Registries domain(NsmgrConfig config, Function<Url, Registries> far, Time time) {
    return config
        .registryUrl()
        .map(far)
        .orElseGet(() -> Registries.inMemory(time, ENDPOINT_LIFETIME));
  }

  /** Under which address other nodes know this manager. */
  public Url publicUrl() {
    return publicUrl;
  }

  @Override
  public void close() {
    stack.close();
  }
}
