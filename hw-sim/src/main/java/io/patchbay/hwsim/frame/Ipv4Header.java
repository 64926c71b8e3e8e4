package io.patchbay.hwsim.frame;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What filters look at in an IPv4 packet (RFC 791 section 3.1).
 *
 * @param source the address as a number, its first octet highest
 * @param destination likewise
 * @param protocol what the packet carries, IANA's number
 * @param sourcePort of TCP, UDP and SCTP; later fragments carry no ports
 * @param destinationPort likewise
 */
public record Ipv4Header(
    int source,
    int destination,
    int protocol,
    OptionalInt sourcePort,
    OptionalInt destinationPort) {
  /** The EtherType of IPv4. */
  public static final int ETHER_TYPE = 0x0800;

  private static final int OCTETS_MIN = 20;
  private static final int FRAGMENT_OFFSET = 0x1fff;

  /** TCP, UDP and SCTP: they begin with two ports. */
  private static final Set<Integer> WITH_PORTS = Set.of(6, 17, 132);

  /** The header in a frame; there is none if the frame is of another type or cut off within it. */
  public static Optional<Ipv4Header> of(Frame frame) {
    if (frame.etherType() != ETHER_TYPE) {
      return Optional.empty();
    }
    ByteBuffer packet = ByteBuffer.wrap(frame.payload());
    if (packet.limit() < OCTETS_MIN || packet.get(0) >> 4 != 4) {
      return Optional.empty();
    }
    int length = (packet.get(0) & 0xf) * 4;
    int protocol = Byte.toUnsignedInt(packet.get(9));
    boolean ports =
        WITH_PORTS.contains(protocol)
            && (packet.getShort(6) & FRAGMENT_OFFSET) == 0
            && length >= OCTETS_MIN
            && packet.limit() >= length + 4;
    return Optional.of(
        new Ipv4Header(
            packet.getInt(12),
            packet.getInt(16),
            protocol,
            ports ? port(packet, length) : OptionalInt.empty(),
            ports ? port(packet, length + 2) : OptionalInt.empty()));
  }

  private static OptionalInt port(ByteBuffer packet, int offset) {
    return OptionalInt.of(Short.toUnsignedInt(packet.getShort(offset)));
  }
}
