package io.patchbay.kernelforwarder;

import io.patchbay.base.Failure;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.IpSetup;
import io.patchbay.linux.Link;
import io.patchbay.linux.Links;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.Namespaces;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.VethEnd;
import io.patchbay.mesh.IpSide;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The cable between a client and an endpoint on one node: a veth pair, each end born in its own
 * namespace. A value: it says what should be; {@link #make} and {@link #remove} may be called
 * twice.
 *
 * @param id the connection's id at this hop; it marks the pair, so that only ours is ever removed
 */
record VethPair(String id, End client, End endpoint, int mtu) {
  /** What the endpoint and client may both count on when nobody said anything. */
  private static final int DEFAULT_MTU = 1500;

  /**
   * One end.
   *
   * @param namespace {@code inode://dev/ino}
   * @param name the interface's name in it
   */
  record End(String namespace, String name, IpSide ip) {}

  /**
   * Makes the pair with its addresses and routes, unless it is there. Throws Failure: CONFLICT when
   * another interface has the name, NOT_FOUND when a namespace is gone.
   */
  void make() {
    try (NetworkNamespace near = Namespaces.open(client.namespace());
        NetworkNamespace far = Namespaces.open(endpoint.namespace())) {
      if (mine(near.links(), client).isEmpty()) {
        near.links()
            .createVeth(
                new VethEnd(near, client.name()),
                new VethEnd(far, endpoint.name()),
                mtu == 0 ? DEFAULT_MTU : mtu);
        mark(near, client);
        mark(far, endpoint);
      }
      configure(near, client);
      configure(far, endpoint);
    }
  }

  private static void configure(NetworkNamespace namespace, End end) {
    Links links = namespace.links();
    int index = links.require(end.name()).index();
    links.up(index);
    setup(end.ip()).apply(links, index);
    allowPing(namespace);
  }

  private static IpSetup setup(IpSide ip) {
    return new IpSetup(
        ip.addresses().stream().map(IpPrefix::parse).toList(),
        ip.peers().stream().map(IpPrefix::parse).toList(),
        ip.routes().stream()
            .map(r ->
                new IpSetup.Via(IpPrefix.parse(r.prefix()), r.nextHop().map(IpPrefix::literal)))
            .toList(),
        ip.neighbours().stream()
            .map(n -> new IpSetup.Known(IpPrefix.literal(n.ip()), MacAddress.parse(n.mac())))
            .toList());
  }

  /** Unprivileged processes may ping: upstream's clients do so to see that they live (2.3). */
  private static void allowPing(NetworkNamespace namespace) {
    Path range = Path.of("/proc/sys/net/ipv4/ping_group_range");
    var unused = namespace.call(() -> Files.writeString(range, "0 2147483647"));
  }

  /**
   * Removes the pair; either end takes the other with it. A namespace that is gone took it already.
   */
  void remove() {
    if (!removeFrom(client)) {
      removeFrom(endpoint);
    }
  }

  private boolean removeFrom(End end) {
    try (NetworkNamespace namespace = Namespaces.open(end.namespace())) {
      Optional<Link> link = mine(namespace.links(), end);
      return link.isPresent() && namespace.links().delete(link.get().index());
    } catch (Failure e) {
      if (e.kind() == Failure.Kind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  /** Our interface; an interface of that name that is somebody else's is a conflict. */
  private Optional<Link> mine(Links links, End end) {
    Optional<Link> link = links.find(end.name());
    if (link.isPresent() && !isMine(link.get())) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          "the namespace "
              + end.namespace()
              + " already has an interface '"
              + end.name()
              + "'; ask for another name");
    }
    return link;
  }

  /** A pair of a process that died before it could mark it is veth without any mark. */
  private boolean isMine(Link link) {
    return link.kind().equals("veth") && (link.alias().equals(mark()) || link.alias().isEmpty());
  }

  private void mark(NetworkNamespace namespace, End end) {
    namespace.links().alias(namespace.links().require(end.name()).index(), mark());
  }

  private String mark() {
    return "nsm-" + id;
  }
}
