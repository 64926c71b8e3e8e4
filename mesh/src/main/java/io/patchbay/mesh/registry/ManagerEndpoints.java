package io.patchbay.mesh.registry;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceLabels;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.NextHops;
import io.patchbay.mesh.OwnFile;
import io.patchbay.mesh.SocketFiles;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The endpoints at this node's manager, as an endpoint or a forwarder sees them. Own sockets are
 * registered by inode, with a descriptor beside the call; those of others are dialled by the
 * descriptor that came with what was found (contracts/nsm.md 3.1 and 6.1).
 *
 * <p>Where no descriptor can go, over tcp, or of a socket that is not there, addresses stay as they
 * are.
 */
public final class ManagerEndpoints implements Registry<NetworkServiceEndpoint>, NextHops {
  /** For a descriptor that belongs to an answer that is here already. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** As many endpoints as a node's pods ask for in turn, give or take. */
  private static final int IDLE_MAX = 64;

  private final RemoteRegistry<NetworkServiceEndpoint> manager;
  private final RemoteRegistry<NetworkService> services;
  private final boolean local;
  private final SocketFiles sockets;

  /** By which descriptors of what was found last have come. */
  private volatile Optional<FdPort> port = Optional.empty();

  /** Without policies: for tests of something else. */
  public ManagerEndpoints(Url url, Channels channels, Tokens tokens, Time time) {
    this(url, channels, tokens, Policies.NONE, time);
  }

  /**
   * The endpoints at a manager's address; it is dialled when first asked.
   *
   * @param policies what the answer to a registration must satisfy
   */
  public ManagerEndpoints(Url url, Channels channels, Tokens tokens, Policies policies, Time time) {
    this.manager = new RemoteRegistry<>(Kind.ENDPOINTS, url, channels, tokens, policies, time);
    this.services = new RemoteRegistry<>(Kind.SERVICES, url, channels, tokens, policies, time);
    this.local = url.isUnix();
    this.sockets = new SocketFiles(channels, IDLE_MAX);
  }

  /**
   * A forwarder as it registers at its manager.
   *
   * @param service the one under which all forwarders are registered
   */
  public static NetworkServiceEndpoint forwarder(
      String name, Url url, String service, Map<String, String> labels) {
    return NetworkServiceEndpoint.newBuilder()
        .setName(name)
        .setUrl(url.toString())
        .addNetworkServiceNames(service)
        .putNetworkServiceLabels(
            service, NetworkServiceLabels.newBuilder().putAllLabels(labels).build())
        .build();
  }

  /** Together with the services at the same manager. */
  public Registries registries() {
    return new Registries(services, this);
  }

  @Override
  public Kind<NetworkServiceEndpoint> kind() {
    return Kind.ENDPOINTS;
  }

  @Override
  public NetworkServiceEndpoint register(NetworkServiceEndpoint entry) {
    return told(entry, manager::register).toBuilder().setUrl(entry.getUrl()).build();
  }

  @Override
  public void unregister(NetworkServiceEndpoint entry) {
    var unused =
        told(
            entry,
            (sent, beside) -> {
              manager.unregister(sent, beside);
              return sent;
            });
  }

  private NetworkServiceEndpoint told(
      NetworkServiceEndpoint entry,
      BiFunction<NetworkServiceEndpoint, Descriptors, NetworkServiceEndpoint> call) {
    Optional<OwnFile> socket = socket(entry.getUrl());
    if (socket.isEmpty()) {
      return call.apply(entry, new Descriptors(List.of()));
    }
    try (OwnFile own = socket.get()) {
      NetworkServiceEndpoint named = entry.toBuilder().setUrl(own.url()).build();
      return call.apply(named, new Descriptors(List.of(own.descriptor())));
    }
  }

  private Optional<OwnFile> socket(String url) {
    try {
      return local && url.startsWith("unix:") ? Optional.of(OwnFile.open(url)) : Optional.empty();
    } catch (Failure e) {
      return Optional.empty(); // somebody else's path: it is theirs to be dialled
    }
  }

  @Override
  public List<NetworkServiceEndpoint> find(NetworkServiceEndpoint query) {
    Descriptors beside = new Descriptors(List.of());
    List<NetworkServiceEndpoint> found = manager.find(query, beside);
    port = beside.port();
    return found;
  }

  @Override
  public Subscription watch(
      NetworkServiceEndpoint query, Consumer<Change<NetworkServiceEndpoint>> listener) {
    return manager.watch(query, listener);
  }

  /** By the descriptor that came when it was found; after a restart it is looked for again. */
  @Override
  public Door open(Url target, Connection connection) {
    Optional<Identity> socket = Identity.parse(target.toString());
    return socket.isEmpty()
        ? NextHops.AS_NAMED.open(target, connection)
        : sockets
            .find(socket.get())
            .orElseGet(() -> receive(socket.get(), connection.getNetworkServiceEndpointName()));
  }

  private Door receive(Identity socket, String endpoint) {
    OptionalInt come =
        port.map(from -> from.look(socket.device(), socket.inode())).orElse(OptionalInt.empty());
    return sockets.add(socket, come.isPresent() ? come.getAsInt() : fetch(socket, endpoint));
  }

  private int fetch(Identity socket, String endpoint) {
    if (endpoint.isEmpty()
        || kind()
            .find(this, endpoint)
            .filter(found -> found.getUrl().equals(socket.toString()))
            .isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "endpoint '" + endpoint + "' no longer has the socket " + socket);
    }
    return port.orElseThrow(() ->
            new Failure(
                Failure.Kind.UNAVAILABLE, manager + " is no unix socket: it cannot send " + socket))
        .receive(socket.device(), socket.inode(), PATIENCE);
  }

  @Override
  public String toString() {
    return manager.toString();
  }
}
