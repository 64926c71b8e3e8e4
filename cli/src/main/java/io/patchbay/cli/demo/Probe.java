package io.patchbay.cli.demo;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PacketSocket;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Somebody who has got hold of a VF and tries to reach what it is not connected to. */
final class Probe {
  private static final int ARP = 0x0806; // IEEE 802 numbers

  private Probe() {}

  /**
   * Sends an ARP question from the interface, past the kernel's own stack.
   *
   * @param tag the VLAN that the sender writes into the frame by hand, if any
   * @param who whose address is asked for
   */
  static void ask(NetworkNamespace namespace, String name, Optional<Integer> tag, String who) {
    Link link = namespace.links().require(name);
    namespace.links().up(link.index());
    Frame frame = Frame.of(MacAddress.BROADCAST, link.mac(), ARP, question(link.mac(), who));
    Frame sent = tag.map(vlan -> frame.withTag(VlanTag.of(vlan))).orElse(frame);
    try (PacketSocket socket = PacketSocket.open(namespace, link)) {
      socket.send(sent.octets());
    } finally {
      namespace.links().down(link.index());
    }
  }

  /** RFC 826: who has this address? Tell nobody in particular. */
  private static byte[] question(MacAddress from, String who) {
    return ByteBuffer.allocate(28)
        .putShort((short) 1)
        .putShort((short) 0x0800)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) 1)
        .put(from.bytes())
        .putInt(0)
        .put(new byte[6])
        .put(IpPrefix.literal(who).getAddress())
        .array();
  }
}
