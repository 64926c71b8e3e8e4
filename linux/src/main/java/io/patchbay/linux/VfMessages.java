package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.VfState.VfFlag;
import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.Rtm;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Virtual functions in netlink messages, both ways: what {@link VirtualFunctions} asks and what an
 * imitation of the kernel answers. The structures are those of {@code linux/if_link.h}.
 */
public final class VfMessages {
  private static final int MAC_FIELD = 32; // MAX_ADDR_LEN
  private static final int UNKNOWN = -1; // what a driver that does not say is shown as

  private VfMessages() {}

  /** The request that makes the change on a physical function, with exactly one attribute. */
  public static MessageWriter request(int pf, VfChange change) {
    return MessageWriter.link(Rtm.SETLINK, 0, pf)
        .attribute(
            Ifla.VFINFO_LIST,
            list -> list.attribute(Ifla.VF_INFO, content -> write(content, change)));
  }

  /** The request for all virtual functions of one physical function, without counters. */
  public static MessageWriter query(int pf) {
    return MessageWriter.link(Rtm.GETLINK, 0, pf)
        .number(Ifla.EXT_MASK, Rtm.FILTER_VF | Rtm.FILTER_SKIP_STATS);
  }

  /** The same with counters, for which a driver may talk to its firmware for most of a second. */
  public static MessageWriter countingQuery(int pf) {
    return MessageWriter.link(Rtm.GETLINK, 0, pf).number(Ifla.EXT_MASK, Rtm.FILTER_VF);
  }

  private static void write(MessageWriter into, VfChange change) {
    int vf = change.vf();
    switch (change) {
      case VfChange.Mac(_, MacAddress mac) ->
          into.attribute(
              Ifla.VF_MAC,
              value -> value.i32(vf).raw(mac.bytes()).raw(new byte[MAC_FIELD - MacAddress.LENGTH]));
      case VfChange.Vlan(_, VfVlan vlan) when vlan.protocol() == VfVlan.Protocol.DOT1Q ->
          into.attribute(Ifla.VF_VLAN, value -> value.i32(vf).i32(vlan.id()).i32(vlan.qos()));
      case VfChange.Vlan(_, VfVlan vlan) -> writeVlanList(into, vf, vlan);
      case VfChange.Rates(_, VfRates rates) ->
          into.attribute(Ifla.VF_RATE, value -> value.i32(vf).i32(rates.min()).i32(rates.max()));
      case VfChange.SpoofCheck(_, boolean on) -> writeSetting(into, Ifla.VF_SPOOFCHK, vf, on);
      case VfChange.LinkState(_, VfLinkState state) ->
          into.attribute(Ifla.VF_LINK_STATE, value -> value.i32(vf).i32(state.number()));
      case VfChange.Trust(_, boolean on) -> writeSetting(into, Ifla.VF_TRUST, vf, on);
    }
  }

  private static void writeSetting(MessageWriter into, int type, int vf, boolean on) {
    into.attribute(type, value -> value.i32(vf).i32(on ? 1 : 0));
  }

  private static void writeVlanList(MessageWriter into, int vf, VfVlan vlan) {
    into.attribute(
        Ifla.VF_VLAN_LIST,
        list ->
            list.attribute(
                Ifla.VF_VLAN_INFO,
                value ->
                    value
                        .i32(vf)
                        .i32(vlan.id())
                        .i32(vlan.qos())
                        .be16(vlan.protocol().etherType())
                        .u16(0)));
  }

  /**
   * The changes in an RTM_SETLINK message, in the order in which the kernel makes them. Throws
   * {@link Failure} INVALID for values that the kernel refuses before any driver sees them.
   */
  public static List<VfChange> changes(NetlinkMessage request) {
    List<VfChange> changes = new ArrayList<>();
    Attributes list = request.attributes(Rtm.LINK_HEADER).nested(Ifla.VFINFO_LIST);
    list.all(Ifla.VF_INFO).forEach(function -> addAll(changes, function.nested()));
    return List.copyOf(changes);
  }

  private static void addAll(List<VfChange> into, Attributes wanted) {
    Attributes vlans = wanted.nested(Ifla.VF_VLAN_LIST);
    add(into, wanted, Ifla.VF_MAC, at -> new VfChange.Mac(at.i32(0), mac(at)));
    add(into, wanted, Ifla.VF_VLAN, at -> new VfChange.Vlan(at.i32(0), vlan(at)));
    add(into, vlans, Ifla.VF_VLAN_INFO, at -> new VfChange.Vlan(at.i32(0), listedVlan(at)));
    add(into, wanted, Ifla.VF_RATE, at -> new VfChange.Rates(at.i32(0), rates(at)));
    add(into, wanted, Ifla.VF_SPOOFCHK, at -> new VfChange.SpoofCheck(at.i32(0), isOn(at)));
    add(into, wanted, Ifla.VF_LINK_STATE, at -> new VfChange.LinkState(at.i32(0), linkState(at)));
    add(into, wanted, Ifla.VF_TRUST, at -> new VfChange.Trust(at.i32(0), isOn(at)));
  }

  private static void add(
      List<VfChange> into, Attributes from, int type, Function<Attribute, VfChange> read) {
    from.find(type).map(read).ifPresent(into::add);
  }

  private static MacAddress mac(Attribute mac) {
    return MacAddress.of(mac.bytes(4, MacAddress.LENGTH));
  }

  private static VfLinkState linkState(Attribute state) {
    return VfLinkState.of(state.i32(4));
  }

  private static boolean isOn(Attribute setting) {
    int value = setting.i32(4);
    return value != 0 && value != UNKNOWN;
  }

  private static VfVlan vlan(Attribute vlan) {
    return new VfVlan(vlan.i32(4), vlan.i32(8), VfVlan.Protocol.DOT1Q);
  }

  private static VfVlan listedVlan(Attribute vlan) {
    return new VfVlan(vlan.i32(4), vlan.i32(8), VfVlan.Protocol.of(vlan.be16(12)));
  }

  private static VfRates rates(Attribute rates) {
    return new VfRates(rates.i32(4), rates.i32(8));
  }

  /** Adds to a link's attributes what the kernel shows of its virtual functions when asked. */
  public static MessageWriter write(MessageWriter link, List<VfState> functions) {
    return link.number(Ifla.NUM_VF, functions.size())
        .attribute(
            Ifla.VFINFO_LIST,
            list ->
                functions.forEach(
                    state -> list.attribute(Ifla.VF_INFO, content -> write(content, state))));
  }

  private static void write(MessageWriter into, VfState state) {
    int vf = state.number();
    write(into, new VfChange.Mac(vf, state.mac()));
    VfVlan vlan = state.vlan();
    write(into, new VfChange.Vlan(vf, new VfVlan(vlan.id(), vlan.qos(), VfVlan.Protocol.DOT1Q)));
    write(into, new VfChange.Rates(vf, state.rates()));
    write(into, new VfChange.SpoofCheck(vf, state.spoofCheck()));
    write(into, new VfChange.LinkState(vf, state.linkState()));
    write(into, new VfChange.Trust(vf, state.trust()));
    writeVlanList(into, vf, vlan);
  }

  /** The virtual functions in a reply to {@link #query}, in the order sent. */
  public static List<VfState> states(NetlinkMessage reply) {
    Attributes list = reply.attributes(Rtm.LINK_HEADER).nested(Ifla.VFINFO_LIST);
    return list.all(Ifla.VF_INFO).stream().map(info -> state(info.nested())).toList();
  }

  /** The counters in a reply to {@link #countingQuery}, of the functions that have any. */
  public static List<VfTraffic> traffic(NetlinkMessage reply) {
    Attributes list = reply.attributes(Rtm.LINK_HEADER).nested(Ifla.VFINFO_LIST);
    return list.all(Ifla.VF_INFO).stream()
        .map(Attribute::nested)
        .filter(info -> info.find(Ifla.VF_STATS).isPresent())
        .map(VfMessages::traffic)
        .toList();
  }

  private static VfTraffic traffic(Attributes info) {
    Attributes stats = info.nested(Ifla.VF_STATS);
    return new VfTraffic(
        mac(info).i32(0),
        new VfTraffic.Count(
            count(stats, Ifla.VF_STATS_RX_PACKETS),
            count(stats, Ifla.VF_STATS_RX_BYTES),
            count(stats, Ifla.VF_STATS_RX_DROPPED)),
        new VfTraffic.Count(
            count(stats, Ifla.VF_STATS_TX_PACKETS),
            count(stats, Ifla.VF_STATS_TX_BYTES),
            count(stats, Ifla.VF_STATS_TX_DROPPED)),
        count(stats, Ifla.VF_STATS_BROADCAST),
        count(stats, Ifla.VF_STATS_MULTICAST));
  }

  private static long count(Attributes stats, int type) {
    return stats.find(type).map(value -> value.i64(0)).orElse(0L);
  }

  /** The attribute that every function has; its number is the function's. */
  private static Attribute mac(Attributes info) {
    return info.find(Ifla.VF_MAC)
        .orElseThrow(
            () -> new Failure(Failure.Kind.INTERNAL, "a virtual function without IFLA_VF_MAC"));
  }

  private static VfState state(Attributes info) {
    Attribute mac = mac(info);
    return new VfState(
        mac.i32(0),
        mac(mac),
        info.nested(Ifla.VF_VLAN_LIST)
            .find(Ifla.VF_VLAN_INFO)
            .map(VfMessages::listedVlan)
            .or(() -> info.find(Ifla.VF_VLAN).map(VfMessages::vlan))
            .orElse(VfVlan.NONE),
        info.find(Ifla.VF_RATE).map(VfMessages::rates).orElse(VfRates.NONE),
        info.find(Ifla.VF_LINK_STATE).map(VfMessages::linkState).orElse(VfLinkState.AUTO),
        flags(info));
  }

  private static Set<VfFlag> flags(Attributes info) {
    Set<VfFlag> flags = EnumSet.noneOf(VfFlag.class);
    if (info.find(Ifla.VF_SPOOFCHK).filter(VfMessages::isOn).isPresent()) {
      flags.add(VfFlag.SPOOF_CHECK);
    }
    if (info.find(Ifla.VF_TRUST).filter(VfMessages::isOn).isPresent()) {
      flags.add(VfFlag.TRUST);
    }
    return flags;
  }
}
