package io.patchbay.registryproxy;

import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.mesh.registry.ServicesFolder;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry of a domain: in memory, with the services that a folder declares. All of it is soft
 * state, which its clients bring back after a restart.
 */
public final class RegistryDaemon implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RegistryDaemon.class);
  private static final String SUBJECT = "spiffe://k8s.nsm/ns/nsm-system/pod/registry";

  private final Stack stack;
  private final GrpcServer server;

  private RegistryDaemon(
      Stack stack, RegistryConfig config, Optional<Identities> identities, Time time) {
    this.stack = stack;
    Doors doors = stack.push(Doors.of(identities, config.mesh().opaUrl(), time));
    Policies registrations = doors.registrations(config.registryServerPolicies());
    Policies answers = doors.answers(config.registryClientPolicies());
    identities.ifPresent(Identities::await);
    Registries home = Registries.inMemory(time, config.expirePeriod());
    if (!config.servicesDir().isBlank()) {
      stack.push(ServicesFolder.watch(Path.of(config.servicesDir()), home.services(), time));
    }
    Tokens tokens = Tokens.of(identities, SUBJECT, config.maxTokenLifetime(), time);
    Channels channels = stack.push(new Channels(identities.map(Identities::security)));
    Registries away =
        config
            .proxyRegistryUrl()
            .map(url -> Registries.at(url, channels, tokens, answers, time))
            .orElseGet(() -> OtherDomains.of(Directory.empty()));
    Registries all =
        new Registries(
            new HomeAndAway<>(home.services(), away.services()),
            new HomeAndAway<>(home.endpoints(), away.endpoints()));
    server =
        stack.push(
            GrpcServer.start(
                config.listenOn(),
                RegistryServer.of(all, tokens, registrations, time),
                identities.map(Identities::security)));
    log.info("registry serves on {}", server.addresses());
  }

  /** Starts serving. Throws Failure when an address or the configuration is wrong. */
  public static RegistryDaemon start(
      RegistryConfig config, Optional<Identities> identities, Time time) {
    return Stack.building(stack -> new RegistryDaemon(stack, config, identities, time));
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static RegistryDaemon start(RegistryConfig config, Time time) {
    return start(config, Optional.empty(), time);
  }

  /** Where it serves, with real ports. */
  public List<Url> addresses() {
    return server.addresses();
  }

  @Override
  public void close() {
    stack.close();
  }
}
