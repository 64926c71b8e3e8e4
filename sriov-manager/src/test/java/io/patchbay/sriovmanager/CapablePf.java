package io.patchbay.sriovmanager;

import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfChange;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfMessages;
import io.patchbay.linux.VfRates;
import io.patchbay.linux.VfState;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkReplies;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/** A PF {@code pf0} with one VF, whose driver takes every VLAN and keeps it. */
final class CapablePf implements NetlinkEndpoint {
  private final Queue<byte[]> replies = new ArrayDeque<>();
  private VfVlan vlan = VfVlan.NONE;
  private int writes;
  private int refusals;

  /** Says that often that it is busy, then does as it is told. */
  synchronized void beBusy(int times) {
    refusals = times;
  }

  /** What its VF has now. */
  synchronized VfVlan vlan() {
    return vlan;
  }

  /** How often a VLAN was written. */
  synchronized int writes() {
    return writes;
  }

  @Override
  public synchronized void send(byte[] datagram) {
    NetlinkMessage request = NetlinkMessage.decode(datagram).getFirst();
    if (request.type() == Rtm.GETLINK) {
      VfState state =
          new VfState(
              0,
              MacAddress.parse("02:00:00:00:00:01"),
              vlan,
              VfRates.NONE,
              VfLinkState.AUTO,
              Set.of());
      MessageWriter link = MessageWriter.link(Rtm.NEWLINK, 0, 7).text(Ifla.IFNAME, "pf0");
      replies.add(VfMessages.write(link, List.of(state)).encode(request.sequence(), 0));
    } else if (refusals > 0) {
      refusals--;
      replies.add(NetlinkReplies.refusal(request, Errno.EBUSY, "the firmware is busy"));
      return;
    } else {
      VfMessages.changes(request)
          .forEach(change -> {
            if (change instanceof VfChange.Vlan(_, VfVlan wanted)) {
              vlan = wanted;
              writes++;
            }
          });
    }
    replies.add(NetlinkReplies.ok(request));
  }

  @Override
  public synchronized byte[] receive(Duration timeout) {
    return replies.remove();
  }

  @Override
  public void close() {}
}
