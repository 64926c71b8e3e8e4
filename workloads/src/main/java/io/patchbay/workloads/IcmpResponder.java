package io.patchbay.workloads;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceLabels;
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
import io.patchbay.mesh.registry.ManagerEndpoints;
import io.patchbay.mesh.registry.Registration;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.util.List;
import java.util.Map;

/**
 * The endpoint that gives each client an address and lets the kernel answer its pings. What it
 * holds is addresses and names: after a restart they come back with the clients' refreshes.
 */
public final class IcmpResponder implements AutoCloseable {
  private final Stack running = new Stack();

  private IcmpResponder() {}

  /**
   * Starts serving and registers, for as long as it takes to find the manager. Throws {@link
   * io.patchbay.base.Failure} INVALID naming the variable that is wrong, or for a socket that
   * cannot be served.
   */
  public static IcmpResponder start(
      IcmpResponderConfig config, Surroundings surroundings, Time time) {
    IcmpResponder responder = new IcmpResponder();
    try {
      responder.open(config, surroundings, time);
      return responder;
    } catch (RuntimeException e) {
      responder.close();
      throw e;
    }
  }

  private void open(IcmpResponderConfig config, Surroundings surroundings, Time time) {
    PointToPoint addresses = new PointToPoint(CidrPrefixes.parse(config.cidrPrefix()));
    Doors doors = running.push(Doors.of(surroundings.identities(), config.mesh().opaUrl(), time));
    Policies requests = doors.requests();
    Policies watches = doors.watches();
    Policies answers = doors.answers(config.registryClientPolicies());
    surroundings.identities().ifPresent(Identities::await);
    Channels channels = running.push(new Channels(surroundings.security()));
    Tokens tokens =
        Tokens.of(surroundings.identities(), config.name(), config.maxTokenLifetime(), time);
    Sessions sessions = Sessions.inMemory(time);
    running.push(sessions::leave);
    Announce announce = new Announce();
    Chain chain =
        IcmpResponderChain.of(
            requests,
            sessions,
            announce,
            addresses,
            new OwnNamespace(surroundings.namespaceUrl()),
            time);
    Url listen = new Url("unix", config.baseDir().toAbsolutePath().normalize() + "/listen.on.sock");
    running.push(
        GrpcServer.start(
            List.of(listen),
            List.of(
                new MeshServer(config.name(), chain, sessions, tokens, time),
                announce.service(new AuthorizeWatch(watches, tokens))),
            surroundings.security()));
    Registries registries =
        new ManagerEndpoints(config.connectTo(), channels, tokens, answers, time).registries();
    Registration registration =
        Registration.start(registries, services(config), endpoint(config, listen), time);
    running.push(config.unregisterItself() ? registration : registration::leave);
  }

  private static List<NetworkService> services(IcmpResponderConfig config) {
    return !config.registerService()
        ? List.of()
        : config.serviceNames().stream()
            .map(name ->
                NetworkService.newBuilder().setName(name).setPayload(config.payload()).build())
            .toList();
  }

  private static NetworkServiceEndpoint endpoint(IcmpResponderConfig config, Url listen) {
    NetworkServiceLabels labels =
        NetworkServiceLabels.newBuilder()
            .putAllLabels(
                Labels.with(
                    config.labels(),
                    Map.of(
                        "podName", config.podName(),
                        "nodeName", config.nodeName(),
                        "clusterName", config.clusterName())))
            .build();
    NetworkServiceEndpoint.Builder endpoint =
        NetworkServiceEndpoint.newBuilder()
            .setName(config.name())
            .setUrl(listen.toString())
            .addAllNetworkServiceNames(config.serviceNames());
    config.serviceNames().forEach(name -> endpoint.putNetworkServiceLabels(name, labels));
    return endpoint.build();
  }

  @Override
  public void close() {
    running.close();
  }
}
