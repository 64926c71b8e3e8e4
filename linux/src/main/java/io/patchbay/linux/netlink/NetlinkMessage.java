package io.patchbay.linux.netlink;

import io.patchbay.base.Failure;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One received netlink message: {@code struct nlmsghdr} of {@code linux/netlink.h}, a fixed header
 * of its family, and attributes. Numbers are in the machine's byte order. Immutable.
 */
public final class NetlinkMessage {
  /** Size of {@code struct nlmsghdr}. */
  public static final int HEADER = 16;

  private final ByteBuffer message;

  private NetlinkMessage(ByteBuffer message) {
    this.message = message;
  }

  /** The messages of one datagram, in order. Throws {@link Failure} INTERNAL where it is cut. */
  public static List<NetlinkMessage> decode(byte[] datagram) {
    ByteBuffer all = ByteBuffer.wrap(datagram).asReadOnlyBuffer();
    List<NetlinkMessage> messages = new ArrayList<>();
    int start = 0;
    while (start + HEADER <= datagram.length) {
      int length = all.order(ByteOrder.nativeOrder()).getInt(start);
      if (length < HEADER || length > datagram.length - start) {
        throw malformed("message of " + length + " bytes", datagram.length - start);
      }
      messages.add(new NetlinkMessage(ordered(all.slice(start, length))));
      start += aligned(length);
    }
    return messages;
  }

  /** The type, of {@link Rtm} or {@link Nlmsg}. */
  public int type() {
    return Short.toUnsignedInt(message.getShort(4));
  }

  /** The flags, of {@link Nlmsg}. */
  public int flags() {
    return Short.toUnsignedInt(message.getShort(6));
  }

  /** Whether all bits of the flag are set. */
  public boolean has(int flag) {
    return (flags() & flag) == flag;
  }

  /** The number that ties an answer to its request. */
  public int sequence() {
    return message.getInt(8);
  }

  /** A byte of the family's header, counted from its start. */
  public int u8(int offset) {
    return Byte.toUnsignedInt(message.get(at(offset, 1)));
  }

  /** Two bytes of the family's header. */
  public int u16(int offset) {
    return Short.toUnsignedInt(message.getShort(at(offset, 2)));
  }

  /** Four bytes of the family's header. */
  public int i32(int offset) {
    return message.getInt(at(offset, 4));
  }

  /** The attributes behind a family header of this size. */
  public Attributes attributes(int headerLength) {
    int start = HEADER + aligned(headerLength);
    if (start >= message.limit()) {
      return Attributes.EMPTY;
    }
    return new Attributes(ordered(message.slice(start, message.limit() - start)));
  }

  /** How many bytes follow the netlink header. */
  int bodyLength() {
    return message.limit() - HEADER;
  }

  private int at(int offset, int size) {
    if (HEADER + offset + size > message.limit()) {
      throw malformed("field at " + offset, message.limit() - HEADER);
    }
    return HEADER + offset;
  }

  static int aligned(int length) {
    return (length + 3) & ~3;
  }

  static ByteBuffer ordered(ByteBuffer buffer) {
    return buffer.order(ByteOrder.nativeOrder());
  }

  static Failure malformed(String what, int room) {
    return new Failure(
        Failure.Kind.INTERNAL, "malformed netlink data: " + what + " in " + room + " bytes");
  }

  @Override
  public String toString() {
    return "netlink message type " + type() + ", " + message.limit() + " bytes";
  }
}
