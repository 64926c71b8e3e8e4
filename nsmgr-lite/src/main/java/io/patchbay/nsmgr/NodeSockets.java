package io.patchbay.nsmgr;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.NextHops;
import io.patchbay.mesh.SocketFiles;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of this node's endpoints and forwarders, which lie in their own containers: received
 * with a registration, kept as long as that, dialled by their descriptors, and sent to whoever
 * finds them (contracts/nsm.md facts 8 and 9, sections 3.1 and 6.1). Stands between the wire and
 * the endpoints as this node sees them.
 */
final class NodeSockets implements Registry<NetworkServiceEndpoint>, NextHops {
  private static final Logger log = LoggerFactory.getLogger(NodeSockets.class);

  /** How long an attempt to register takes at most (contracts/nsm.md 6.4), less the way back. */
  private static final Duration PATIENCE = Duration.ofSeconds(14);

  /** More than this are not remembered: then connections behind them end with their tokens. */
  private static final int FORMER_MAX = 4096;

  private static final Pattern INODE = Pattern.compile("\\s*inode:", Pattern.CASE_INSENSITIVE);

  private record Kept(Identity socket, Door door) {}

  private final Registry<NetworkServiceEndpoint> endpoints;
  private final Registry<NetworkServiceEndpoint> here;
  private final SocketFiles sockets;
  private final Map<String, Kept> kept = new ConcurrentHashMap<>();

  /** Whose the sockets were that are registered no more. */
  private final Map<Identity, String> former = new ConcurrentHashMap<>();

  /**
   * @param endpoints as they are seen from this node
   * @param here those that are registered on it
   */
  NodeSockets(
      Registry<NetworkServiceEndpoint> endpoints,
      Registry<NetworkServiceEndpoint> here,
      Channels channels) {
    this.endpoints = endpoints;
    this.here = here;
    this.sockets = new SocketFiles(channels, 0); // each is open while it is registered
    var unused = here.watch(NetworkServiceEndpoint.getDefaultInstance(), this::heard);
  }

  @Override
  public Kind<NetworkServiceEndpoint> kind() {
    return endpoints.kind();
  }

  @Override
  public NetworkServiceEndpoint register(NetworkServiceEndpoint entry) {
    Optional<Identity> socket = socket(entry);
    if (socket.isEmpty()) {
      NetworkServiceEndpoint answer = endpoints.register(entry);
      keep(entry.getName(), Optional.empty());
      return answer;
    }
    Door door = receive(socket.get()); // of one that is open too: whose it is can only be shown
    try {
      return endpoints.register(entry);
    } finally {
      // Even refused by the domain it may be registered here, until it can be told.
      keep(entry.getName(), Optional.of(new Kept(socket.get(), door)));
    }
  }

  /** What is written otherwise, but would be read as an inode, is refused. */
  private static Optional<Identity> socket(NetworkServiceEndpoint entry) {
    Optional<Identity> socket = Identity.parse(entry.getUrl());
    if (socket.isEmpty() && INODE.matcher(entry.getUrl()).lookingAt()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "the URL '" + entry.getUrl() + "' of " + entry.getName() + ": write inode://dev/ino");
    }
    return socket;
  }

  private Door receive(Identity socket) {
    FdPort peer =
        Peer.find()
            .flatMap(Peer::descriptors)
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.INVALID,
                    socket + " can be registered over a unix socket only, with its descriptor"));
    return sockets.add(socket, peer.receive(socket.device(), socket.inode(), PATIENCE));
  }

  private void keep(String name, Optional<Kept> now) {
    Optional<Kept> before =
        Optional.ofNullable(now.isPresent() ? kept.put(name, now.get()) : kept.remove(name));
    before.ifPresent(old -> leave(name, old.socket(), old.door()));
    now.ifPresent(fresh -> former.remove(fresh.socket()));
    if (now.isPresent() && !isHere(name, now.get())) {
      leave(name, now.get());
    }
  }

  private boolean isHere(String name, Kept socket) {
    return kind()
        .find(here, name)
        .filter(entry -> entry.getUrl().equals(socket.socket().toString()))
        .isPresent();
  }

  private void heard(Change<NetworkServiceEndpoint> change) {
    if (change instanceof Change.Gone<NetworkServiceEndpoint> gone) {
      Kept socket = kept.get(gone.entry().getName());
      if (socket != null && gone.entry().getUrl().equals(socket.socket().toString())) {
        leave(gone.entry().getName(), socket);
      }
    }
  }

  private void leave(String name, Kept socket) {
    if (kept.remove(name, socket)) {
      leave(name, socket.socket(), socket.door());
    }
  }

  private void leave(String name, Identity socket, Door door) {
    if (former.size() >= FORMER_MAX) {
      former.clear();
    }
    former.put(socket, name);
    door.close();
  }

  /** A forwarder that comes back has another socket, and what it held under the one before. */
  @Override
  public Url now(Url target) {
    return Identity.parse(target.toString())
        .flatMap(socket -> Optional.ofNullable(former.get(socket)))
        .flatMap(name -> Optional.ofNullable(kept.get(name)))
        .map(current -> Url.parse(current.socket().toString()))
        .orElse(target);
  }

  @Override
  public void unregister(NetworkServiceEndpoint entry) {
    endpoints.unregister(entry);
  }

  @Override
  public List<NetworkServiceEndpoint> find(NetworkServiceEndpoint query) {
    List<NetworkServiceEndpoint> found = endpoints.find(query);
    Peer.find()
        .flatMap(Peer::descriptors)
        .ifPresent(peer -> found.forEach(entry -> send(entry, peer)));
    return found;
  }

  @Override
  public Subscription watch(
      NetworkServiceEndpoint query, Consumer<Change<NetworkServiceEndpoint>> listener) {
    Optional<FdPort> peer = Peer.find().flatMap(Peer::descriptors);
    return endpoints.watch(
        query,
        change -> {
          if (change instanceof Change.Present<NetworkServiceEndpoint> present) {
            peer.ifPresent(port -> send(present.entry(), port));
          }
          listener.accept(change);
        });
  }

  /** A peer that does not get it waits for it in vain, and asks again. */
  private void send(NetworkServiceEndpoint entry, FdPort peer) {
    try {
      Identity.parse(entry.getUrl()).ifPresent(socket -> sockets.send(socket, peer));
    } catch (Failure e) {
      log.debug("the socket of '{}' is not sent: {}", entry.getName(), Failure.text(e));
    }
  }

  @Override
  public Door open(Url target, Connection connection) {
    Optional<Identity> socket = Identity.parse(now(target).toString());
    return socket.isEmpty()
        ? NextHops.AS_NAMED.open(target, connection)
        : sockets
            .find(socket.get())
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.UNAVAILABLE,
                    target + " is not registered on this node, or not any more"));
  }

  /** How many sockets are open. */
  int size() {
    return sockets.size();
  }
}
