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
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers for other domains, by asking the registry of each: the one that the configuration names,
 * or the one that DNS knows.
 */
public final class RegistryProxyDaemon implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RegistryProxyDaemon.class);
  private static final String SUBJECT = "spiffe://k8s.nsm/ns/nsm-system/pod/registry-proxy";

  private final Stack stack;
  private final GrpcServer server;

  private RegistryProxyDaemon(
      Stack stack, RegistryProxyConfig config, Optional<Identities> identities, Time time) {
    this.stack = stack;
    Doors doors = stack.push(Doors.of(identities, config.mesh().opaUrl(), time));
    Policies registrations = doors.registrations(config.registryServerPolicies());
    Policies answers = doors.answers(config.registryClientPolicies());
    Dns dns = Dns.of(config.dnsServer());
    identities.ifPresent(Identities::await);
    Channels channels = stack.push(new Channels(identities.map(Identities::security)));
    Tokens tokens = Tokens.of(identities, SUBJECT, config.maxTokenLifetime(), time);
    Directory directory =
        new Directory(
            config.domains(),
            Optional.of(dns),
            url -> Registries.at(url, channels, tokens, answers, time));
    Registries all = OtherDomains.of(directory);
    server =
        stack.push(
            GrpcServer.start(
                config.listenOn(),
                RegistryServer.of(all, tokens, registrations, time),
                identities.map(Identities::security)));
    log.info(
        "registry-proxy serves on {}, knows {}, and asks DNS for others",
        server.addresses(),
        config.domains().keySet());
  }

  /** Starts serving. Throws Failure when an address or the configuration is wrong. */
  public static RegistryProxyDaemon start(
      RegistryProxyConfig config, Optional<Identities> identities, Time time) {
    return Stack.building(stack -> new RegistryProxyDaemon(stack, config, identities, time));
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static RegistryProxyDaemon start(RegistryProxyConfig config, Time time) {
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
