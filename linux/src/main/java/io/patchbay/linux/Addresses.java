package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkSession;
import io.patchbay.linux.netlink.Nlmsg;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import io.patchbay.linux.sys.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** What {@code ip address} does, with numbers of {@code linux/if_addr.h}. Safe for all threads. */
public final class Addresses {
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_FLAGS = 8;
  private static final int FLAG_NO_DAD = 0x02;
  private static final int FLAG_TENTATIVE = 0x40;

  private final NetlinkSession session;

  /**
   * An address on a link.
   *
   * @param scope 0 for global, 253 for link-local, 254 for host ({@code linux/rtnetlink.h})
   * @param tentative whether IPv6 still asks if somebody else has it
   */
  public record Assigned(int link, IpPrefix prefix, int scope, boolean tentative) {}

  Addresses(NetlinkSession session) {
    this.session = session;
  }

  /**
   * Puts the address on the link, or leaves it there. An IPv6 address is usable at once: no
   * duplicate detection.
   */
  public void add(int link, IpPrefix prefix) {
    MessageWriter request =
        message(Rtm.NEWADDR, Nlmsg.CREATE | Nlmsg.REPLACE, link, prefix)
            .number(IFA_FLAGS, prefix.isIpv6() ? FLAG_NO_DAD : 0);
    session.exchange("add " + prefix + " to link " + link, request);
  }

  /** Takes the address off the link; says whether it was there. */
  public boolean remove(int link, IpPrefix prefix) {
    try {
      session.exchange(
          "remove " + prefix + " from link " + link, message(Rtm.DELADDR, 0, link, prefix));
      return true;
    } catch (Failure e) {
      if (Errno.EADDRNOTAVAIL.isBehind(e)) {
        return false;
      }
      throw e;
    }
  }

  /** The addresses on the link, both families. */
  public List<Assigned> list(int link) {
    MessageWriter request = new MessageWriter(Rtm.GETADDR, 0).i32(0).i32(0);
    return session.dump("list the addresses of link " + link, request).stream()
        .map(Addresses::assigned)
        .filter(address -> address.link() == link)
        .toList();
  }

  /** {@code struct ifaddrmsg}, and the address twice as IPv4 wants it. */
  private static MessageWriter message(int type, int flags, int link, IpPrefix prefix) {
    byte[] address = prefix.address().getAddress();
    return new MessageWriter(type, flags)
        .u8(family(prefix.address()))
        .u8(prefix.length())
        .u8(0)
        .u8(Rtm.SCOPE_UNIVERSE)
        .i32(link)
        .attribute(IFA_LOCAL, address)
        .attribute(IFA_ADDRESS, address);
  }

  private static Assigned assigned(NetlinkMessage message) {
    Attributes attributes = message.attributes(Rtm.ADDRESS_HEADER);
    byte[] address =
        attributes
            .find(IFA_LOCAL)
            .or(() -> attributes.find(IFA_ADDRESS))
            .orElseThrow(() -> new Failure(Failure.Kind.INTERNAL, "an address without address"))
            .bytes();
    int flags = attributes.find(IFA_FLAGS).map(found -> found.i32(0)).orElse(message.u8(2));
    return new Assigned(
        message.i32(4),
        new IpPrefix(address(address), message.u8(1)),
        message.u8(3),
        (flags & FLAG_TENTATIVE) != 0);
  }

  static int family(InetAddress address) {
    return address.getAddress().length == 4 ? SocketAddress.INET : SocketAddress.INET6;
  }

  static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new Failure(Failure.Kind.INTERNAL, "an address of " + bytes.length + " bytes", e);
    }
  }
}
