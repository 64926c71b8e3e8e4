package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.NetlinkReplies;
import io.patchbay.linux.netlink.Nlmsg;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Answers rtnetlink for the PFs of one machine with the bytes and errors of the kernel
 * (net/core/rtnetlink.c over the driver igb): RTM_GETLINK of one or all, RTM_SETLINK of what
 * belongs to VFs. All else about these devices is the real kernel's business and EOPNOTSUPP here.
 *
 * <p>It holds no state; any thread may call it.
 */
final class PfNetlink {
  private static final int ARPHRD_ETHER = 1;
  private static final int IFF_LOWER_UP = 0x10000;
  private static final Set<Integer> SELECTORS =
      Set.of(Ifla.IFNAME, Ifla.EXT_MASK, Ifla.VFINFO_LIST);

  private final List<SimulatedNic> nics;
  private final Witness witness;

  PfNetlink(List<SimulatedNic> nics, Witness witness) {
    this.nics = List.copyOf(nics);
    this.witness = witness;
  }

  /** The datagrams that answer one datagram of requests. */
  List<byte[]> answer(byte[] datagram) {
    List<byte[]> replies = new ArrayList<>();
    for (NetlinkMessage request : NetlinkMessage.decode(datagram)) {
      try {
        answer(request, replies);
      } catch (Failure e) {
        Errno errno = Errno.behind(e).orElse(Errno.EINVAL);
        replies.add(NetlinkReplies.refusal(request, errno, Failure.text(e)));
      }
    }
    return replies;
  }

  private void answer(NetlinkMessage request, List<byte[]> replies) {
    Attributes attributes = request.attributes(Rtm.LINK_HEADER);
    switch (request.type()) {
      case Rtm.GETLINK -> {
        if (request.has(Nlmsg.DUMP)) {
          dump(request, mask(attributes), replies);
          return;
        }
        SimulatedNic nic = find(request, attributes);
        replies.add(link(nic, mask(attributes)).encode(request.sequence(), 0));
      }
      case Rtm.SETLINK, Rtm.NEWLINK -> {
        SimulatedNic nic = find(request, attributes);
        String act = "message to " + nic.description().netdev();
        witness.before(act);
        change(nic, attributes);
        witness.after(act);
      }
      default ->
          throw Errno.EOPNOTSUPP.failure("message type " + request.type() + " to simulated PFs");
    }
    if (request.has(Nlmsg.ACK)) {
      replies.add(NetlinkReplies.ok(request));
    }
  }

  private void dump(NetlinkMessage request, int mask, List<byte[]> replies) {
    nics.stream()
        .filter(nic -> nic.pf().isPresent())
        .forEach(nic -> replies.add(link(nic, mask).encode(request.sequence(), Nlmsg.MULTI)));
    replies.add(new MessageWriter(Nlmsg.DONE, Nlmsg.MULTI).i32(0).encode(request.sequence(), 0));
  }

  /** By index if there is one, else by name, as rtnl_getlink() does. */
  private SimulatedNic find(NetlinkMessage request, Attributes attributes) {
    int index = request.i32(4);
    String name = attributes.text(Ifla.IFNAME);
    if (index <= 0 && name.isEmpty()) {
      throw Errno.EINVAL.failure("neither index nor name");
    }
    return nics.stream()
        .filter(nic ->
            nic.pf()
                .filter(pf -> index > 0 ? pf.index() == index : pf.place().name().equals(name))
                .isPresent())
        .findFirst()
        .orElseThrow(() ->
            Errno.ENODEV.failure("no simulated PF " + (index > 0 ? "with index " + index : name)));
  }

  private static void change(SimulatedNic nic, Attributes attributes) {
    for (Attribute attribute : attributes.all()) {
      if (!SELECTORS.contains(attribute.type())) {
        throw Errno.EOPNOTSUPP.failure("attribute " + attribute.type() + " of a simulated PF");
      }
    }
    for (Attribute vf : attributes.nested(Ifla.VFINFO_LIST).all()) {
      if (vf.type() != Ifla.VF_INFO) {
        throw Errno.EINVAL.failure("attribute " + vf.type() + " where VF_INFO is wanted");
      }
      VfAttributes.apply(nic, vf.nested());
    }
  }

  private static MessageWriter link(SimulatedNic nic, int mask) {
    Netdev pf = nic.pf().orElseThrow(() -> Errno.ENODEV.failure("the PF has just lost its driver"));
    boolean up = nic.followPf();
    boolean carrier = up && nic.carrier();
    int flags = (up ? Ifla.IFF_UP : 0) | (carrier ? IFF_LOWER_UP : 0);
    MessageWriter message =
        new MessageWriter(Rtm.NEWLINK, 0)
            .u16(0)
            .u16(ARPHRD_ETHER)
            .i32(pf.index())
            .i32(flags)
            .i32(0);
    message.text(Ifla.IFNAME, pf.place().name());
    message.attribute(Ifla.CARRIER, content -> content.u8(carrier ? 1 : 0));
    message.attribute(Ifla.ADDRESS, nic.description().mac().bytes());
    if ((mask & Rtm.FILTER_VF) != 0) {
      int count = nic.numVfs();
      message.number(Ifla.NUM_VF, count);
      if (count > 0) {
        boolean stats = (mask & Rtm.FILTER_SKIP_STATS) == 0;
        message.attribute(
            Ifla.VFINFO_LIST,
            list -> {
              for (int number = 0; number < count; number++) {
                VfAttributes.write(list, nic, number, stats);
              }
            });
      }
    }
    return message
        .text(Ifla.PARENT_DEV_NAME, nic.description().address().toString())
        .text(Ifla.PARENT_DEV_BUS_NAME, "pci");
  }

  private static int mask(Attributes attributes) {
    return attributes.find(Ifla.EXT_MASK).map(mask -> mask.i32(0)).orElse(0);
  }
}
