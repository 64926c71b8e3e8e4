package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkSession;
import io.patchbay.linux.netlink.Nlmsg;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The links of one network namespace and what {@code ip link} does with them, over one netlink
 * socket that lives as long as the namespace is held. Safe for all threads, virtual ones too; one
 * request at a time, each with a deadline. What the kernel refuses is a {@link Failure} with an
 * {@link Errno} behind it.
 */
public final class Links {
  private final NetworkNamespace namespace;
  private final NetlinkSession session;

  Links(NetworkNamespace namespace, NetlinkSession session) {
    this.namespace = namespace;
    this.session = session;
  }

  /** All links, in the kernel's order. */
  public List<Link> list() {
    return session.dump("list the links", MessageWriter.link(Rtm.GETLINK, 0, 0)).stream()
        .map(Link::of)
        .toList();
  }

  /** The link of this name. */
  public Optional<Link> find(String name) {
    checkName(name);
    MessageWriter request = MessageWriter.link(Rtm.GETLINK, 0, 0).text(Ifla.IFNAME, name);
    return find("look for link '" + name + "'", request);
  }

  /** The link with this index. */
  public Optional<Link> byIndex(int index) {
    return find("look for link " + index, MessageWriter.link(Rtm.GETLINK, 0, index));
  }

  /** The link of this name, which must exist: else {@link Failure} NOT_FOUND. */
  public Link require(String name) {
    return find(name)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.NOT_FOUND,
                "no link '" + name + "' in network namespace " + namespace));
  }

  private Optional<Link> find(String attempt, MessageWriter request) {
    try {
      return session.exchange(attempt, request).stream().findFirst().map(Link::of);
    } catch (Failure e) {
      if (Errno.ENODEV.isBehind(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Makes a veth pair, each end directly in its namespace, by one message: nothing is moved, so
   * nothing can be left half-way. Both are down. Throws {@link Failure} CONFLICT on a taken name.
   *
   * @param mtu in bytes, for both ends
   */
  public void createVeth(VethEnd end, VethEnd peer, int mtu) {
    tell("create veth '" + end.name() + "' - '" + peer.name() + "'", vethMessage(end, peer, mtu));
  }

  static MessageWriter vethMessage(VethEnd end, VethEnd peer, int mtu) {
    MessageWriter request = MessageWriter.link(Rtm.NEWLINK, Nlmsg.CREATE | Nlmsg.EXCLUSIVE, 0);
    place(request, end, mtu);
    return request.attribute(
        Ifla.LINKINFO,
        kind ->
            kind.text(Ifla.INFO_KIND, "veth")
                .attribute(
                    Ifla.INFO_DATA,
                    data ->
                        data.attribute(
                            Ifla.VETH_PEER, other -> place(other.linkHeader(0, 0, 0), peer, mtu))));
  }

  private static void place(MessageWriter into, VethEnd end, int mtu) {
    into.text(Ifla.IFNAME, end.name())
        .number(Ifla.MTU, mtu)
        .number(Ifla.NET_NS_FD, end.namespace().descriptor());
    if (!end.mac().isZero()) {
      into.attribute(Ifla.ADDRESS, end.mac().bytes());
    }
  }

  /** Makes a bridge, down and without ports. */
  public void createBridge(String name) {
    checkName(name);
    tell(
        "create bridge '" + name + "'",
        MessageWriter.link(Rtm.NEWLINK, Nlmsg.CREATE | Nlmsg.EXCLUSIVE, 0)
            .text(Ifla.IFNAME, name)
            .attribute(Ifla.LINKINFO, kind -> kind.text(Ifla.INFO_KIND, "bridge")));
  }

  /** Makes the link a port of the bridge. */
  public void addToBridge(int index, int bridge) {
    tell("add link " + index + " to bridge " + bridge, set(index).number(Ifla.MASTER, bridge));
  }

  /** Removes the link, and the peer of a veth with it; says whether it was still there. */
  public boolean delete(int index) {
    return delete("delete link " + index, MessageWriter.link(Rtm.DELLINK, 0, index));
  }

  /** Removes the link of this name; says whether it was still there. */
  public boolean delete(String name) {
    checkName(name);
    return delete(
        "delete link '" + name + "'",
        MessageWriter.link(Rtm.DELLINK, 0, 0).text(Ifla.IFNAME, name));
  }

  private boolean delete(String attempt, MessageWriter request) {
    try {
      tell(attempt, request);
      return true;
    } catch (Failure e) {
      if (Errno.ENODEV.isBehind(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Switches it on. */
  public void up(int index) {
    tell("switch on link " + index, onOff(index, Ifla.IFF_UP));
  }

  /** Switches it on and sets its {@link #alias}, by one message. */
  public void up(int index, String alias) {
    tell(
        "switch on link " + index,
        onOff(index, Ifla.IFF_UP).attribute(Ifla.IFALIAS, alias.getBytes(StandardCharsets.UTF_8)));
  }

  /** Switches it off; its routes and IPv6 addresses go. */
  public void down(int index) {
    tell("switch off link " + index, onOff(index, 0));
  }

  private static MessageWriter onOff(int index, int flag) {
    return new MessageWriter(Rtm.NEWLINK, 0).linkHeader(index, flag, Ifla.IFF_UP);
  }

  /** Sets the MTU, in bytes. */
  public void mtu(int index, int bytes) {
    tell("set MTU " + bytes + " of link " + index, set(index).number(Ifla.MTU, bytes));
  }

  /** Sets the Ethernet address. */
  public void mac(int index, MacAddress mac) {
    tell("set MAC " + mac + " of link " + index, set(index).attribute(Ifla.ADDRESS, mac.bytes()));
  }

  /** Sets the free text that goes with it, at most 255 bytes; empty removes it. */
  public void alias(int index, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    tell("set alias of link " + index, set(index).attribute(Ifla.IFALIAS, bytes));
  }

  /** Gives it another name. Kernels before 6.2 want it to be down. */
  public void rename(int index, String name) {
    checkName(name);
    tell("rename link " + index + " to '" + name + "'", set(index).text(Ifla.IFNAME, name));
  }

  /**
   * Moves a link into another namespace under a new name, by one message; it arrives down and
   * without addresses, maybe with another index.
   *
   * <p>If the name is taken there the link stays where it is, under the name it had. The kernel
   * does not promise that: losing a race for the name, it answers EEXIST with the link already
   * moved under its old name. Such a link is brought back.
   *
   * @return the link in its new place
   */
  public Link moveAndRename(int index, NetworkNamespace target, String newName) {
    checkName(newName);
    return new LinkMove(namespace, target).run(index, newName);
  }

  /** The addresses on these links. */
  public Addresses addresses() {
    return new Addresses(session);
  }

  /** The routes of this namespace's main table. */
  public Routes routes() {
    return new Routes(session);
  }

  /** The neighbours (ARP and NDP entries) known here. */
  public Neighbours neighbours() {
    return new Neighbours(session);
  }

  /** Watches the links of this namespace from now on; over a socket of its own. */
  public LinkEvents subscribe() {
    return LinkEvents.in(namespace);
  }

  static MessageWriter moveMessage(int index, NetworkNamespace target, String newName) {
    return set(index).number(Ifla.NET_NS_FD, target.descriptor()).text(Ifla.IFNAME, newName);
  }

  private static MessageWriter set(int index) {
    return MessageWriter.link(Rtm.SETLINK, 0, index);
  }

  List<NetlinkMessage> tell(String attempt, MessageWriter request) {
    return session.exchange(attempt, request);
  }

  static void checkName(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    boolean sound =
        length > 0 && length <= Ifla.NAME_MAX && !name.equals(".") && !name.equals("..");
    if (!sound || name.chars().anyMatch(c -> c == '/' || c == ':' || Character.isWhitespace(c))) {
      throw new Failure(
          Failure.Kind.INVALID,
          "'" + name + "' cannot name a link: 1 to 15 bytes without '/', ':' or spaces");
    }
  }

  void close() {
    session.close();
  }

  @Override
  public String toString() {
    return "links of " + namespace;
  }
}
