package io.patchbay.linux;

import io.patchbay.base.Failure;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * The whole IP configuration that one end of a point-to-point or shared link should have. Applying
 * it twice changes nothing the second time; global addresses that are not in it are taken off,
 * link-local ones are left alone.
 *
 * @param addresses own addresses
 * @param peers the other end's addresses: each not inside an own prefix gets a route on the link
 * @param vias what lies behind the other end
 * @param neighbours who is where, known beforehand
 */
public record IpSetup(
    List<IpPrefix> addresses, List<IpPrefix> peers, List<Via> vias, List<Known> neighbours) {

  private static final int SCOPE_GLOBAL = 0; // RT_SCOPE_UNIVERSE, linux/rtnetlink.h

  /** A prefix and how it is reached; without a gateway by the other end's first address. */
  public record Via(IpPrefix prefix, Optional<InetAddress> gateway) {}

  /** A neighbour's addresses. */
  public record Known(InetAddress ip, MacAddress mac) {}

  public IpSetup {
    addresses = List.copyOf(addresses);
    peers = List.copyOf(peers);
    vias = List.copyOf(vias);
    neighbours = List.copyOf(neighbours);
  }

  /** Makes the interface so. It must be up, or routes are refused by the kernel. */
  public void apply(Links links, int index) {
    apply(links, index, links.addresses().list(index));
  }

  /** As {@link #apply}, for an interface just made: whose addresses need not be looked for. */
  public void applyToNew(Links links, int index) {
    apply(links, index, List.of());
  }

  private void apply(Links links, int index, List<Addresses.Assigned> present) {
    for (Addresses.Assigned old : present) {
      if (old.scope() == SCOPE_GLOBAL && !addresses.contains(old.prefix())) {
        var unused = links.addresses().remove(index, old.prefix());
      }
    }
    for (IpPrefix address : addresses) {
      if (present.stream().noneMatch(old -> old.prefix().equals(address))) {
        links.addresses().add(index, address);
      }
    }
    peers.stream()
        .filter(peer -> addresses.stream().noneMatch(own -> own.contains(peer.address())))
        .forEach(peer -> links.routes().add(Route.direct(IpPrefix.host(peer.address()), index)));
    vias.stream()
        .filter(via -> !isOnLink(via))
        .forEach(via -> links.routes().add(route(via, index)));
    for (Known known : neighbours) {
      links.neighbours().add(new Neighbours.Neighbour(index, known.ip(), known.mac()));
    }
  }

  /**
   * A prefix that is just the other end, or inside our own, is reached without a route of its own.
   */
  private boolean isOnLink(Via via) {
    return via.gateway().isEmpty()
        && (peers.stream().anyMatch(peer -> IpPrefix.host(peer.address()).equals(via.prefix()))
            || addresses.stream()
                .anyMatch(own ->
                    own.length() <= via.prefix().length() && own.contains(via.prefix().address())));
  }

  private Route route(Via via, int index) {
    InetAddress gateway =
        via.gateway().or(() -> firstPeer(via.prefix())).orElseThrow(() -> unreachable(via));
    return Route.via(via.prefix(), index, gateway);
  }

  private Optional<InetAddress> firstPeer(IpPrefix prefix) {
    return peers.stream()
        .filter(peer -> peer.isIpv6() == prefix.isIpv6())
        .map(IpPrefix::address)
        .findFirst();
  }

  private static Failure unreachable(Via via) {
    return new Failure(
        Failure.Kind.INVALID,
        "route " + via.prefix() + " names no next hop, and the other end has no address to be one");
  }
}
