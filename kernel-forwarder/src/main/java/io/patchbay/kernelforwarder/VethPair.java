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
import io.patchbay.linux.sys.NamespaceThread;
import io.patchbay.mesh.IpSide;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * The cable between a client and an endpoint on one node: a veth pair, each end born in its own
 * namespace. A value: it says what should be; {@link #make} and {@link #remove} may be called
 * twice. A pair is known as ours from birth, by the Ethernet addresses that its id yields: so that
 * only ours is ever touched, whenever a process died.
 *
 * @param id the connection's id at this hop
 */
record VethPair(String id, End client, End endpoint) {
  /** What the endpoint and client may both count on when nobody said anything. */
  private static final int DEFAULT_MTU = 1500;

  private static final Path PING_GROUPS = Path.of("/proc/sys/net/ipv4/ping_group_range");

  private static final long GROUP_BIT = 1L << 40; // IEEE 802: first bit of an Ethernet address
  private static final long LOCAL_BIT = 1L << 41;

  /**
   * One end.
   *
   * @param namespace {@code inode://dev/ino}
   * @param name the interface's name in it
   */
  record End(String namespace, String name, IpSide ip) {
    @Override
    public String toString() {
      return name + " in " + namespace;
    }
  }

  /**
   * Makes the pair with its addresses and routes, unless it is there. Throws Failure: CONFLICT when
   * another interface has the name, NOT_FOUND when a namespace is gone.
   */
  void make() {
    var unused = NamespaceThread.tour(this::madeHere);
  }

  private boolean madeHere() {
    try (NetworkNamespace near = Namespaces.open(client.namespace());
        NetworkNamespace far = Namespaces.open(endpoint.namespace())) {
      open(near);
      open(far);
      boolean made = created(near, far) || completed(near, far);
      configure(near, client, made);
      configure(far, endpoint, made);
      return made;
    }
  }

  /**
   * Goes into a namespace once: for the netlink socket, and to let unprivileged processes ping, as
   * upstream's clients do to see that they live (contracts/nsm.md 2.3).
   */
  private static void open(NetworkNamespace namespace) {
    var unused = namespace.links(() -> Files.writeString(PING_GROUPS, "0 2147483647"));
  }

  /** False when there is something with one of the names: the kernel has then made nothing. */
  private boolean created(NetworkNamespace near, NetworkNamespace far) {
    try {
      create(near, far);
      return true;
    } catch (Failure e) {
      if (e.kind() == Failure.Kind.CONFLICT) {
        return false;
      }
      throw e;
    }
  }

  /** False when the pair is there, made by somebody who did not get any further. */
  private boolean completed(NetworkNamespace near, NetworkNamespace far) {
    Optional<Link> nearby = free(near, client);
    Optional<Link> faraway = free(far, endpoint);
    if (nearby.isPresent() && faraway.isPresent()) {
      return false;
    }
    // One end alone is an older pair's: its other end is somewhere else.
    nearby.ifPresent(link -> near.links().delete(link.index()));
    faraway.ifPresent(link -> far.links().delete(link.index()));
    create(near, far);
    return true;
  }

  private void create(NetworkNamespace near, NetworkNamespace far) {
    near.links()
        .createVeth(
            new VethEnd(near, client.name(), mac(client)),
            new VethEnd(far, endpoint.name(), mac(endpoint)),
            client.ip().mtu() == 0 ? DEFAULT_MTU : client.ip().mtu());
  }

  private void configure(NetworkNamespace namespace, End end, boolean isNew) {
    Links links = namespace.links();
    int index = links.require(end.name()).index();
    if (end.ip().addresses().stream().anyMatch(a -> IpPrefix.parse(a).isIpv6())) {
      namespace.sysctl("ipv6/conf/" + end.name() + "/disable_ipv6", "0");
    }
    links.up(index, mark());
    IpSetup setup = setup(end.ip());
    if (isNew) {
      setup.applyToNew(links, index);
    } else {
      setup.apply(links, index);
    }
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

  /** Whether the pair is still there; looks at the client's end alone, once. */
  boolean exists() {
    return at(client, (namespace, link) -> true);
  }

  /**
   * Removes the pair; either end takes the other with it. A namespace that is gone took it already.
   */
  void remove() {
    if (!at(client, VethPair::delete)) {
      at(endpoint, VethPair::delete);
    }
  }

  private static boolean delete(NetworkNamespace namespace, Link link) {
    return namespace.links().delete(link.index());
  }

  @FunctionalInterface
  private interface Act {
    boolean on(NetworkNamespace namespace, Link link);
  }

  /** Acts on our interface at one end; false when it, or its namespace, is gone. */
  private boolean at(End end, Act act) {
    return NamespaceThread.tour(() -> actAt(end, act));
  }

  private boolean actAt(End end, Act act) {
    try (NetworkNamespace namespace = Namespaces.open(end.namespace())) {
      Optional<Link> link = namespace.links().find(end.name()).filter(found -> isMine(found, end));
      return link.isPresent() && act.on(namespace, link.get());
    } catch (Failure e) {
      if (e.kind() == Failure.Kind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  /** Our interface, or none; an interface of that name that is somebody else's is a conflict. */
  private Optional<Link> free(NetworkNamespace namespace, End end) {
    Optional<Link> link = namespace.links().find(end.name());
    if (link.isPresent() && !isMine(link.get(), end)) {
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

  /** The address says so from birth on; the alias still does when a pod changed the address. */
  private boolean isMine(Link link, End end) {
    return link.kind().equals("veth")
        && (link.mac().equals(mac(end)) || link.alias().equals(mark()));
  }

  private MacAddress mac(End end) {
    String seed = id + (end.equals(client) ? " client" : " endpoint");
    long bits =
        UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
    return new MacAddress(bits >>> 16 & ~GROUP_BIT | LOCAL_BIT);
  }

  private String mark() {
    return "nsm-" + id;
  }
}
