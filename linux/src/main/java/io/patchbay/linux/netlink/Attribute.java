package io.patchbay.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** One netlink attribute, {@code struct nlattr} and its payload. Immutable. */
public final class Attribute {
  /** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER, {@code linux/netlink.h}. */
  private static final int TYPE_MASK = 0x3fff;

  private final int type;
  private final ByteBuffer value;

  Attribute(int type, ByteBuffer value) {
    this.type = type & TYPE_MASK;
    this.value = value;
  }

  /** The type, meaningful where the attribute was found. */
  public int type() {
    return type;
  }

  /** Payload size in bytes. */
  public int length() {
    return value.limit();
  }

  /** An unsigned byte of the payload. */
  public int u8(int offset) {
    return Byte.toUnsignedInt(value.get(at(offset, 1)));
  }

  /** Four bytes of the payload, in the machine's order. */
  public int i32(int offset) {
    return value.getInt(at(offset, 4));
  }

  /** Eight bytes of the payload, in the machine's order. */
  public long i64(int offset) {
    return value.getLong(at(offset, 8));
  }

  /** Two bytes of the payload, in network order, unsigned. */
  public int be16(int offset) {
    int start = at(offset, 2);
    short number = value.getShort(start);
    boolean swap = value.order() != ByteOrder.BIG_ENDIAN;
    return Short.toUnsignedInt(swap ? Short.reverseBytes(number) : number);
  }

  /** A part of the payload. */
  public byte[] bytes(int offset, int length) {
    byte[] part = new byte[length];
    value.get(at(offset, length), part);
    return part;
  }

  /** The whole payload. */
  public byte[] bytes() {
    return bytes(0, length());
  }

  /** The payload as text, up to its NUL if there is one. */
  public String text() {
    String text = new String(bytes(), StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  /** The payload as attributes. */
  public Attributes nested() {
    return new Attributes(value);
  }

  private int at(int offset, int size) {
    if (offset + size > value.limit()) {
      throw NetlinkMessage.malformed("attribute " + type + " at byte " + offset, value.limit());
    }
    return offset;
  }
}
