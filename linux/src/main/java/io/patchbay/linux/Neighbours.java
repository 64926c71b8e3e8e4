package io.patchbay.linux;

import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkSession;
import io.patchbay.linux.netlink.Nlmsg;
import io.patchbay.linux.netlink.Rtm;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** What {@code ip neighbour} does: numbers of {@code linux/neighbour.h}. Safe for all threads. */
public final class Neighbours {
  private static final int NDA_DST = 1;
  private static final int NDA_LLADDR = 2;
  private static final int STATE_PERMANENT = 0x80;

  private final NetlinkSession session;

  /** Who is known to be where. */
  public record Neighbour(int link, InetAddress address, MacAddress mac) {}

  Neighbours(NetlinkSession session) {
    this.session = session;
  }

  /** Writes down for good where the neighbour is, in place of what was known about it. */
  public void add(Neighbour neighbour) {
    MessageWriter request =
        new MessageWriter(Rtm.NEWNEIGH, Nlmsg.CREATE | Nlmsg.REPLACE)
            .u8(Addresses.family(neighbour.address))
            .u8(0)
            .u16(0)
            .i32(neighbour.link)
            .u16(STATE_PERMANENT)
            .u16(0)
            .attribute(NDA_DST, neighbour.address.getAddress())
            .attribute(NDA_LLADDR, neighbour.mac.bytes());
    session.exchange("add " + neighbour, request);
  }

  /** The neighbours on the link whose place is known. */
  public List<Neighbour> list(int link) {
    MessageWriter request = new MessageWriter(Rtm.GETNEIGH, 0).i32(0).i32(0).i32(0);
    return session.dump("list the neighbours of link " + link, request).stream()
        .flatMap(message -> neighbour(message).stream())
        .filter(neighbour -> neighbour.link == link)
        .toList();
  }

  private static Optional<Neighbour> neighbour(NetlinkMessage message) {
    Attributes attributes = message.attributes(Rtm.NEIGHBOUR_HEADER);
    Optional<Attribute> address = attributes.find(NDA_DST);
    return attributes
        .find(NDA_LLADDR)
        .filter(mac -> mac.length() == MacAddress.LENGTH && address.isPresent())
        .map(mac ->
            new Neighbour(
                message.i32(4),
                Addresses.address(address.orElseThrow().bytes()),
                MacAddress.of(mac.bytes())));
  }
}
