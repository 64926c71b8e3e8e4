package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkSession;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Blocking;
import io.patchbay.linux.sys.Errno;
import java.util.List;

/**
 * What {@code ip link set <pf> vf <n>} does, over the kernel or whoever answers in its place. A
 * physical function is named by the index of its link. Each change is a message of its own, so that
 * a refusal (a {@link Failure} with an {@link Errno} behind it) says exactly what was not done.
 * Safe for all threads; drivers like one request per NIC at a time, which this keeps. Owns the
 * endpoint.
 */
public final class VirtualFunctions implements AutoCloseable {
  /** One request is under way, one is ready; more would only wait. */
  private static final int PLACES = 2;

  private final NetlinkSession session;

  public VirtualFunctions(NetlinkEndpoint endpoint) {
    session = new NetlinkSession(endpoint, new Blocking.Lane(PLACES));
  }

  /** The link of a physical function. Throws {@link Failure} NOT_FOUND without one. */
  public Link physicalFunction(String name) {
    Links.checkName(name);
    String attempt = "look for physical function '" + name + "'";
    MessageWriter request = MessageWriter.link(Rtm.GETLINK, 0, 0).text(Ifla.IFNAME, name);
    return Link.of(only(attempt, session.exchange(attempt, request)));
  }

  /** How all virtual functions of a physical one are set. */
  public List<VfState> list(int pf) {
    String attempt = "read the virtual functions of link " + pf;
    return VfMessages.states(only(attempt, session.exchange(attempt, VfMessages.query(pf))));
  }

  /**
   * What all virtual functions of a physical one have carried. The kernel holds its lock on all
   * links while the driver answers, most of a second on some: ask rarely.
   */
  public List<VfTraffic> traffic(int pf) {
    String attempt = "read the counters of the virtual functions of link " + pf;
    MessageWriter request = VfMessages.countingQuery(pf);
    return VfMessages.traffic(only(attempt, session.exchange(attempt, request)));
  }

  /** How one is set. Throws {@link Failure} NOT_FOUND if there is none with this number. */
  public VfState read(int pf, int vf) {
    return list(pf).stream()
        .filter(state -> state.number() == vf)
        .findFirst()
        .orElseThrow(() ->
            new Failure(Failure.Kind.NOT_FOUND, "link " + pf + " has no virtual function " + vf));
  }

  /** Sets the Ethernet address; some drivers refuse (EBUSY) while the function is in use. */
  public void mac(int pf, int vf, MacAddress mac) {
    set(pf, new VfChange.Mac(vf, mac));
  }

  /** Sets or removes the tag that the NIC puts on its frames. */
  public void vlan(int pf, int vf, VfVlan vlan) {
    set(pf, new VfChange.Vlan(vf, vlan));
  }

  /** Sets the transmit rates. */
  public void rates(int pf, int vf, VfRates rates) {
    set(pf, new VfChange.Rates(vf, rates));
  }

  /** Sets whether frames with a foreign source address are dropped. */
  public void spoofCheck(int pf, int vf, boolean on) {
    set(pf, new VfChange.SpoofCheck(vf, on));
  }

  /** Sets the carrier that the function is shown. */
  public void linkState(int pf, int vf, VfLinkState state) {
    set(pf, new VfChange.LinkState(vf, state));
  }

  /** Sets whether it may change its address and receive what is not addressed to it. */
  public void trust(int pf, int vf, boolean on) {
    set(pf, new VfChange.Trust(vf, on));
  }

  /** Makes one change. */
  public void set(int pf, VfChange change) {
    session.exchange("on link " + pf + " set " + change, VfMessages.request(pf, change));
  }

  private NetlinkMessage only(String attempt, List<NetlinkMessage> replies) {
    if (replies.size() != 1) {
      throw new Failure(
          Failure.Kind.INTERNAL, attempt + ": " + replies.size() + " replies from " + session);
    }
    return replies.getFirst();
  }

  @Override
  public void close() {
    session.close();
  }

  @Override
  public String toString() {
    return "virtual functions over " + session;
  }
}
