package io.patchbay.linux;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A unicast route out of one link.
 *
 * @param destination without host bits; length 0 is the default route
 * @param gateway the next hop; without one the destination is on the link itself
 * @param onLink whether the gateway counts as reachable though no address of ours is in its prefix
 */
public record Route(IpPrefix destination, int link, Optional<InetAddress> gateway, boolean onLink) {
  public Route {
    destination = destination.network();
  }

  /** A route to what is directly on the link. */
  public static Route direct(IpPrefix destination, int link) {
    return new Route(destination, link, Optional.empty(), false);
  }

  /** A route through a gateway that is on the link, whatever our own prefix is. */
  public static Route via(IpPrefix destination, int link, InetAddress gateway) {
    return new Route(destination, link, Optional.of(gateway), true);
  }
}
