package io.patchbay.mesh;

import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.api.connectioncontext.IpNeighbor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the IP context means for the interface at one end (contracts/nsm.md 1.4): "src" is the
 * client's side, and its routes are installed in the client; "dst" is the endpoint's.
 *
 * @param addresses own addresses, CIDR
 * @param peers the other end's addresses, CIDR; each is reached on the link itself
 * @param routes what lies behind the other end
 * @param neighbours who is where, known beforehand
 * @param mtu in bytes, 0 when nobody said
 */
public record IpSide(
    List<String> addresses,
    List<String> peers,
    List<Route> routes,
    List<Neighbour> neighbours,
    int mtu) {

  /**
   * A route.
   *
   * @param prefix CIDR
   * @param via an address, or nothing; text, for journals keep it
   */
  public record Route(String prefix, String via) {
    /** The next hop; empty means the first address of the other end of the same family. */
    public Optional<String> nextHop() {
      return Optional.of(via).filter(address -> !address.isEmpty());
    }
  }

  /** A neighbour's IP and link-layer address. */
  public record Neighbour(String ip, String mac) {}

  public IpSide {
    addresses = List.copyOf(addresses);
    peers = List.copyOf(peers);
    routes = List.copyOf(routes);
    neighbours = List.copyOf(neighbours);
  }

  /** The client's end. */
  public static IpSide client(ConnectionContext context) {
    IPContext ip = context.getIpContext();
    return new IpSide(
        ip.getSrcIpAddrsList(),
        ip.getDstIpAddrsList(),
        routes(ip.getSrcRoutesList()),
        neighbours(ip.getIpNeighborsList()),
        context.getMTU());
  }

  /** The endpoint's end. */
  public static IpSide endpoint(ConnectionContext context) {
    IPContext ip = context.getIpContext();
    return new IpSide(
        ip.getDstIpAddrsList(),
        ip.getSrcIpAddrsList(),
        routes(ip.getDstRoutesList()),
        neighbours(ip.getIpNeighborsList()),
        context.getMTU());
  }

  private static List<Route> routes(List<io.patchbay.api.connectioncontext.Route> listed) {
    Set<Route> routes = new LinkedHashSet<>();
    for (var route : listed) {
      routes.add(new Route(route.getPrefix(), route.getNextHop()));
    }
    return new ArrayList<>(routes);
  }

  private static List<Neighbour> neighbours(List<IpNeighbor> listed) {
    return listed.stream()
        .map(neighbour -> new Neighbour(neighbour.getIp(), neighbour.getHardwareAddress()))
        .toList();
  }
}
