package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkSession;
import io.patchbay.linux.netlink.Nlmsg;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import io.patchbay.linux.sys.SocketAddress;
import java.util.List;
import java.util.Optional;

/** What {@code ip route} does with the unicast routes of the main table. Safe for all threads. */
public final class Routes {
  private final NetlinkSession session;

  Routes(NetlinkSession session) {
    this.session = session;
  }

  /**
   * Adds the route, or leaves it if it is there already. A different route to the same destination
   * is never replaced: {@link Failure} CONFLICT.
   */
  public void add(Route route) {
    try {
      session.exchange(
          "add " + route, message(Rtm.NEWROUTE, Nlmsg.CREATE | Nlmsg.EXCLUSIVE, route));
    } catch (Failure e) {
      if (!Errno.EEXIST.isBehind(e) || list().stream().noneMatch(found -> same(found, route))) {
        throw e;
      }
    }
  }

  /** Removes the route; says whether it was there. */
  public boolean remove(Route route) {
    try {
      session.exchange("remove " + route, message(Rtm.DELROUTE, 0, route));
      return true;
    } catch (Failure e) {
      if (Errno.ESRCH.isBehind(e)) {
        return false;
      }
      throw e;
    }
  }

  /** The unicast routes of the main table, both families. */
  public List<Route> list() {
    MessageWriter request = new MessageWriter(Rtm.GETROUTE, 0).i32(0).i32(0).i32(0);
    return session.dump("list the routes", request).stream()
        .flatMap(message -> route(message).stream())
        .toList();
  }

  private static boolean same(Route one, Route other) {
    return one.link() == other.link()
        && one.destination().equals(other.destination())
        && one.gateway().equals(other.gateway());
  }

  /** {@code struct rtmsg} and attributes. */
  private static MessageWriter message(int type, int flags, Route route) {
    boolean link = route.gateway().isEmpty() && !route.destination().isIpv6();
    MessageWriter request =
        new MessageWriter(type, flags)
            .u8(Addresses.family(route.destination().address()))
            .u8(route.destination().length())
            .u8(0)
            .u8(0)
            .u8(Rtm.TABLE_MAIN)
            .u8(Rtm.PROTOCOL_STATIC)
            .u8(link ? Rtm.SCOPE_LINK : Rtm.SCOPE_UNIVERSE)
            .u8(Rtm.TYPE_UNICAST)
            .i32(route.onLink() ? Rtm.ROUTE_ON_LINK : 0)
            .attribute(Rtm.RTA_DST, route.destination().address().getAddress())
            .number(Rtm.RTA_OIF, route.link());
    route.gateway().ifPresent(next -> request.attribute(Rtm.RTA_GATEWAY, next.getAddress()));
    return request;
  }

  private static Optional<Route> route(NetlinkMessage message) {
    Attributes attributes = message.attributes(Rtm.ROUTE_HEADER);
    Optional<Attribute> link = attributes.find(Rtm.RTA_OIF);
    int table = attributes.find(Rtm.RTA_TABLE).map(found -> found.i32(0)).orElse(message.u8(4));
    if (table != Rtm.TABLE_MAIN || message.u8(7) != Rtm.TYPE_UNICAST || link.isEmpty()) {
      return Optional.empty();
    }
    int size = message.u8(0) == SocketAddress.INET ? 4 : 16;
    byte[] destination =
        attributes.find(Rtm.RTA_DST).map(Attribute::bytes).orElseGet(() -> new byte[size]);
    return Optional.of(
        new Route(
            new IpPrefix(Addresses.address(destination), message.u8(1)),
            link.get().i32(0),
            attributes.find(Rtm.RTA_GATEWAY).map(next -> Addresses.address(next.bytes())),
            (message.i32(8) & Rtm.ROUTE_ON_LINK) != 0));
  }
}
