package io.patchbay.hwsim.nic;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The attributes inside IFLA_VF_INFO: read and obeyed, and written, in the order and with the
 * checks of do_setvfinfo() and rtnl_fill_vfinfo() of Linux and of its driver igb. Numbers of
 * linux/if_link.h that {@link Ifla} does not have are here.
 */
final class VfAttributes {
  private static final int TX_RATE = 3;
  private static final int RSS_QUERY_EN = 7;
  private static final int STATS = 8;
  private static final int NODE_GUID = 10;
  private static final int PORT_GUID = 11;
  private static final int STATS_PAD = 6;

  private static final int MAC_ROOM = 32; // MAX_ADDR_LEN of linux/netdevice.h
  private static final int VLAN_INFO_LENGTH = 16;
  private static final int VID_MAX = 4095;
  private static final int PRIORITY_MAX = 7;

  /** One kind of attribute: its type, the size of its structure, what it does. */
  private record Rule(int type, int length, BiConsumer<SimulatedNic, Attribute> obey) {}

  /** In the order of the kernel, which is not that of the message. */
  private static final List<Rule> RULES =
      List.of(
          new Rule(Ifla.VF_MAC, 4 + MAC_ROOM, VfAttributes::mac),
          new Rule(Ifla.VF_VLAN, 12, (nic, vlan) -> vlan(nic, vlan, Frame.TYPE_VLAN)),
          new Rule(Ifla.VF_VLAN_LIST, 0, VfAttributes::vlanList),
          new Rule(TX_RATE, 8, (nic, rate) -> rate(nic, rate, 0, rate.i32(4))),
          new Rule(Ifla.VF_RATE, 12, (nic, rate) -> rate(nic, rate, rate.i32(4), rate.i32(8))),
          new Rule(
              Ifla.VF_SPOOFCHK,
              8,
              (nic, on) -> nic.change(on.i32(0), vf -> vf.withSpoofCheck(on.i32(4) != 0))),
          new Rule(Ifla.VF_LINK_STATE, 8, VfAttributes::linkState),
          new Rule(RSS_QUERY_EN, 8, VfAttributes::unsupported),
          new Rule(
              Ifla.VF_TRUST,
              8,
              (nic, on) -> nic.change(on.i32(0), vf -> vf.withTrust(on.i32(4) != 0))),
          new Rule(NODE_GUID, 16, VfAttributes::unsupported),
          new Rule(PORT_GUID, 16, VfAttributes::unsupported));

  private VfAttributes() {}

  /**
   * Does what the attributes of one IFLA_VF_INFO say, one after the other; what went before a
   * failure stays done. Throws a {@link io.patchbay.base.Failure} with the kernel's {@link Errno}.
   */
  static void apply(SimulatedNic nic, Attributes vf) {
    for (Rule rule : RULES) {
      vf.find(rule.type())
          .ifPresent(attribute -> {
            if (attribute.length() < rule.length()) {
              throw Errno.ERANGE.failure(
                  "VF attribute " + rule.type() + " of " + attribute.length() + " bytes");
            }
            rule.obey().accept(nic, attribute);
          });
    }
  }

  /** Writes the IFLA_VF_INFO of one VF. */
  static void write(MessageWriter list, SimulatedNic nic, int number, boolean stats) {
    VfSettings vf = nic.settings(number);
    list.attribute(
        Ifla.VF_INFO,
        content -> {
          byte[] mac = Arrays.copyOf(vf.mac().bytes(), MAC_ROOM);
          content.attribute(Ifla.VF_MAC, value -> value.i32(number).raw(mac));
          content.attribute(
              Ifla.VF_VLAN, value -> value.i32(number).i32(vf.vlan()).i32(vf.tag().priority()));
          content.attribute(Ifla.VF_RATE, value -> value.i32(number).i32(0).i32(vf.maxRateMbit()));
          content.attribute(TX_RATE, value -> value.i32(number).i32(vf.maxRateMbit()));
          setting(content, Ifla.VF_SPOOFCHK, number, vf.spoofCheck() ? 1 : 0);
          setting(content, Ifla.VF_LINK_STATE, number, vf.linkState().ordinal());
          setting(content, Ifla.VF_TRUST, number, vf.trust() ? 1 : 0);
          content.attribute(
              Ifla.VF_VLAN_LIST,
              vlans ->
                  vlans.attribute(
                      Ifla.VF_VLAN_INFO,
                      value ->
                          value
                              .i32(number)
                              .i32(vf.vlan())
                              .i32(vf.tag().priority())
                              .be16(Frame.TYPE_VLAN)
                              .u16(0)));
          if (stats) {
            content.attribute(STATS, value -> stats(value, nic.counters(number)));
          }
        });
  }

  /** IFLA_VF_STATS_*: rx and tx packets, rx and tx bytes, broadcast, multicast, pad, dropped. */
  private static void stats(MessageWriter content, VfCounters counters) {
    long notTaken = counters.dropped(VfCounters.Drop.NOT_TAKEN);
    long sentDropped =
        counters.dropped(VfCounters.Drop.SPOOFED) + counters.dropped(VfCounters.Drop.TAGGED);
    long[] values = {
      counters.received().frames(),
      counters.sent().frames(),
      counters.received().octets(),
      counters.sent().octets(),
      0,
      0,
      0,
      notTaken,
      sentDropped
    };
    for (int type = 0; type < values.length; type++) {
      if (type != STATS_PAD) {
        content.attribute(type, number(values[type]));
      }
    }
  }

  private static void mac(SimulatedNic nic, Attribute attribute) {
    int number = attribute.i32(0);
    MacAddress mac = MacAddress.of(attribute.bytes(4, MacAddress.LENGTH));
    if (mac.isGroup()) {
      throw Errno.EINVAL.failure(mac + " names a group");
    }
    MacAddress wanted = mac.isZero() ? nic.description().vfMac(number) : mac;
    nic.change(number, vf -> vf.withMac(wanted));
  }

  private static void vlanList(SimulatedNic nic, Attribute list) {
    List<Attribute> entries = list.nested().all();
    for (Attribute entry : entries) {
      if (entry.type() != Ifla.VF_VLAN_INFO || entry.length() < VLAN_INFO_LENGTH) {
        throw Errno.EINVAL.failure("IFLA_VF_VLAN_LIST with attribute " + entry.type());
      }
    }
    if (entries.size() > 1) {
      throw Errno.EOPNOTSUPP.failure(entries.size() + " VLANs for one VF");
    }
    if (entries.isEmpty()) {
      throw Errno.EINVAL.failure("empty IFLA_VF_VLAN_LIST");
    }
    vlan(nic, entries.getFirst(), entries.getFirst().be16(12));
  }

  private static void vlan(SimulatedNic nic, Attribute attribute, int protocol) {
    int id = attribute.i32(4);
    int priority = attribute.i32(8);
    nic.change(
        attribute.i32(0),
        vf -> {
          if (id < 0 || id > VID_MAX || priority < 0 || priority > PRIORITY_MAX) {
            throw Errno.EINVAL.failure("VLAN " + id + " with priority " + priority);
          }
          if (protocol != Frame.TYPE_VLAN) {
            throw Errno.EPROTONOSUPPORT.failure("VLAN protocol " + Integer.toHexString(protocol));
          }
          return vf.withTag(new VlanTag(id, priority));
        });
  }

  private static void rate(SimulatedNic nic, Attribute attribute, int min, int max) {
    nic.change(
        attribute.i32(0),
        vf -> {
          if (min != 0 || max < 0) {
            throw Errno.EINVAL.failure("rate from " + min + " to " + max + " Mbit/s");
          }
          return vf.withMaxRateMbit(max);
        });
  }

  private static void linkState(SimulatedNic nic, Attribute attribute) {
    int state = attribute.i32(4);
    nic.change(
        attribute.i32(0),
        vf -> {
          if (state < 0 || state >= VfLinkState.values().length) {
            throw Errno.EINVAL.failure("link state " + state);
          }
          return vf.withLinkState(VfLinkState.values()[state]);
        });
  }

  private static void unsupported(SimulatedNic nic, Attribute attribute) {
    throw Errno.EOPNOTSUPP.failure(
        "VF attribute " + attribute.type() + " at " + nic.description().address());
  }

  private static void setting(MessageWriter content, int type, int number, int value) {
    content.attribute(type, bytes -> bytes.i32(number).i32(value));
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).array();
  }
}
