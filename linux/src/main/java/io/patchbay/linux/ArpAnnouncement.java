package io.patchbay.linux;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** The ARP frame by which a host tells its neighbours where an IPv4 address is (RFC 5227 3). */
public final class ArpAnnouncement {
  private static final int FRAME = 60; // the least that Ethernet carries, without its checksum
  private static final short ETHERTYPE = 0x0806;
  private static final short ETHERNET = 1;
  private static final short IPV4 = 0x0800;
  private static final short REQUEST = 1;

  private ArpAnnouncement() {}

  /** A broadcast request of the address for itself. */
  public static byte[] frame(MacAddress mac, InetAddress address) {
    byte[] ip = address.getAddress();
    if (ip.length != 4) {
      throw new IllegalArgumentException("ARP knows no address like " + address);
    }
    return ByteBuffer.allocate(FRAME)
        .put(new MacAddress(0xffff_ffff_ffffL).bytes())
        .put(mac.bytes())
        .putShort(ETHERTYPE)
        .putShort(ETHERNET)
        .putShort(IPV4)
        .put((byte) MacAddress.LENGTH)
        .put((byte) ip.length)
        .putShort(REQUEST)
        .put(mac.bytes())
        .put(ip)
        .put(MacAddress.ZERO.bytes())
        .put(ip)
        .array();
  }
}
