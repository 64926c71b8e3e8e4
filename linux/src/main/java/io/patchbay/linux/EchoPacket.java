package io.patchbay.linux;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** ICMP echo messages of one sender, told from others by their identifier. */
record EchoPacket(boolean six, int identifier) {
  private static final int HEADER = 8;
  private static final int PAYLOAD = 56;
  private static final int REQUEST_4 = 8; // RFC 792
  private static final int REPLY_4 = 0;
  private static final int REQUEST_6 = 128; // RFC 4443
  private static final int REPLY_6 = 129;

  /** A sender with a random identifier. */
  static EchoPacket any(boolean six) {
    return new EchoPacket(six, ThreadLocalRandom.current().nextInt(1 << 16));
  }

  /** A request with this number; for IPv6 the kernel fills in the checksum. */
  byte[] request(int sequence) {
    byte[] message = new byte[HEADER + PAYLOAD];
    ByteBuffer fields = ByteBuffer.wrap(message);
    fields.put((byte) (six ? REQUEST_6 : REQUEST_4)).put((byte) 0).putShort((short) 0);
    fields.putShort((short) identifier).putShort((short) sequence);
    if (!six) {
      fields.putShort(2, (short) checksum(message));
    }
    return message;
  }

  /** The number of the request that a received packet answers, if it answers one of ours. */
  Optional<Integer> answered(byte[] packet) {
    int start = six || packet.length == 0 ? 0 : (packet[0] & 0xf) * 4; // behind the IPv4 header
    if (packet.length < start + HEADER) {
      return Optional.empty();
    }
    ByteBuffer fields = ByteBuffer.wrap(packet, start, HEADER).slice();
    boolean ours =
        Byte.toUnsignedInt(fields.get(0)) == (six ? REPLY_6 : REPLY_4)
            && Short.toUnsignedInt(fields.getShort(4)) == identifier;
    return ours ? Optional.of(Short.toUnsignedInt(fields.getShort(6))) : Optional.empty();
  }

  /** RFC 1071. */
  static int checksum(byte[] message) {
    int sum = 0;
    for (int i = 0; i + 1 < message.length; i += 2) {
      sum += (Byte.toUnsignedInt(message[i]) << 8) | Byte.toUnsignedInt(message[i + 1]);
    }
    sum = (sum >>> 16) + (sum & 0xffff);
    return ~(sum + (sum >>> 16)) & 0xffff;
  }
}
