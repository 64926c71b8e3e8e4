package io.patchbay.linux;

import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkReplies;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A physical function that keeps what it is told about its virtual ones, as a driver would. */
final class FakeNic {
  static final int INDEX = 4;
  static final String NAME = "ens1f0";

  private final Map<Integer, VfState> functions = new TreeMap<>();
  private int changes;

  FakeNic(int count) {
    IntStream.range(0, count)
        .forEach(vf ->
            functions.put(
                vf,
                new VfState(
                    vf, MacAddress.ZERO, VfVlan.NONE, VfRates.NONE, VfLinkState.AUTO, Set.of())));
  }

  /** How many changes there were; each must have come alone. */
  synchronized int changes() {
    return changes;
  }

  synchronized List<byte[]> answer(byte[] datagram) {
    NetlinkMessage asked = NetlinkMessage.decode(datagram).getFirst();
    boolean named = asked.attributes(Rtm.LINK_HEADER).text(Ifla.IFNAME).equals(NAME);
    if (asked.i32(4) != INDEX && !named) {
      return List.of(NetlinkReplies.refusal(asked, Errno.ENODEV, ""));
    }
    if (asked.type() == Rtm.GETLINK) {
      MessageWriter link =
          MessageWriter.link(Rtm.NEWLINK, 0, INDEX)
              .text(Ifla.IFNAME, NAME)
              .text(Ifla.PARENT_DEV_NAME, "0000:3b:00.0");
      VfMessages.write(link, List.copyOf(functions.values()));
      return List.of(link.encode(asked.sequence(), 0), NetlinkReplies.ok(asked));
    }
    List<VfChange> wanted = VfMessages.changes(asked);
    if (wanted.size() != 1 || !functions.containsKey(wanted.getFirst().vf())) {
      return List.of(NetlinkReplies.refusal(asked, Errno.EINVAL, "no such function"));
    }
    changes++;
    functions.computeIfPresent(wanted.getFirst().vf(), (_, old) -> changed(old, wanted.getFirst()));
    return List.of(NetlinkReplies.ok(asked));
  }

  private static VfState changed(VfState old, VfChange change) {
    MacAddress mac = change instanceof VfChange.Mac c ? c.mac() : old.mac();
    VfVlan vlan = change instanceof VfChange.Vlan c ? c.vlan() : old.vlan();
    VfRates rates = change instanceof VfChange.Rates c ? c.rates() : old.rates();
    VfLinkState state = change instanceof VfChange.LinkState c ? c.state() : old.linkState();
    Set<VfState.VfFlag> flags = EnumSet.noneOf(VfState.VfFlag.class);
    if (change instanceof VfChange.SpoofCheck c ? c.on() : old.spoofCheck()) {
      flags.add(VfState.VfFlag.SPOOF_CHECK);
    }
    if (change instanceof VfChange.Trust c ? c.on() : old.trust()) {
      flags.add(VfState.VfFlag.TRUST);
    }
    return new VfState(old.number(), mac, vlan, rates, state, flags);
  }
}
