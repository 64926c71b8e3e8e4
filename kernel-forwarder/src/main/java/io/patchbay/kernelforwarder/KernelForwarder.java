package io.patchbay.kernelforwarder;

import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
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
import io.patchbay.mesh.registry.ManagerEndpoints;
import io.patchbay.mesh.registry.Registration;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.util.List;
import java.util.Optional;

/**
 * The daemon: the software forwarder of a node. The pairs that it made outlive it; a successor
 * takes them up from the journal, with their timers.
 */
public final class KernelForwarder implements AutoCloseable {
  private final Stack running = new Stack();

  private KernelForwarder() {}

  /**
   * Starts serving and registers as a forwarder, for as long as it takes to find the manager.
   * Throws {@link io.patchbay.base.Failure} for an address that cannot be served, CONFLICT when
   * another process has the state.
   */
  public static KernelForwarder start(
      KernelForwarderConfig config, Optional<Identities> identities, Time time) {
    KernelForwarder forwarder = new KernelForwarder();
    try {
      forwarder.open(config, identities, time);
      return forwarder;
    } catch (RuntimeException e) {
      forwarder.close();
      throw e;
    }
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static KernelForwarder start(KernelForwarderConfig config, Time time) {
    return start(config, Optional.empty(), time);
  }

  private void open(KernelForwarderConfig config, Optional<Identities> identities, Time time) {
    Doors doors = running.push(Doors.of(identities, config.mesh().opaUrl(), time));
    Policies requests = doors.requests();
    Policies watches = doors.watches();
    Policies answers = doors.answers(config.registryClientPolicies());
    identities.ifPresent(Identities::await);
    Journal journal =
        running.push(
            Journal.open(config.stateDir().resolve("sessions"), Journal.Durability.PROCESS));
    Channels channels =
        running.push(new Channels(config.dialTimeout(), identities.map(Identities::security)));
    Tokens tokens = Tokens.of(identities, config.name(), config.maxTokenLifetime(), time);
    ManagerEndpoints endpoints =
        new ManagerEndpoints(config.connectTo(), channels, tokens, answers, time);
    Registries registries = endpoints.registries().watched(running, time);
    Sessions sessions = Sessions.durable(time, journal);
    Announce announce = new Announce();
    running.push(sessions::leave);
    Chain chain =
        KernelForwarderChain.of(
            requests,
            sessions,
            announce,
            registries,
            new Dial(channels, tokens, time, endpoints),
            time);
    running.push(
        GrpcServer.start(
            List.of(config.listenOn()),
            List.of(
                new MeshServer(config.name(), chain, sessions, tokens, time),
                announce.service(new AuthorizeWatch(watches, tokens))),
            identities.map(Identities::security)));
    running.push(
        Registration.start(
            registries,
            List.of(),
            ManagerEndpoints.forwarder(
                config.name(), config.listenOn(), config.serviceName(), config.labels()),
            time));
  }

  @Override
  public void close() {
    running.close();
  }
}
