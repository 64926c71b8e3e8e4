package io.patchbay.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Packs one netlink message: first the fields of the family's header, then attributes, whose
 * content is fields or attributes again. Not for several threads.
 */
public final class MessageWriter {
  private static final int ATTRIBUTE_MAX = 0xffff;

  private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

  /** Starts a message of a type of {@link Rtm} or {@link Nlmsg}, with flags of {@link Nlmsg}. */
  public MessageWriter(int type, int flags) {
    i32(0).u16(type).u16(flags).i32(0).i32(0);
  }

  /** Starts a message about a link: {@code struct ifinfomsg} with this index, 0 for none. */
  public static MessageWriter link(int type, int flags, int index) {
    return new MessageWriter(type, flags).linkHeader(index, 0, 0);
  }

  /** {@code struct ifinfomsg}: flags take effect where {@code change} has the same bit. */
  public MessageWriter linkHeader(int index, int flags, int change) {
    return u16(0).u16(0).i32(index).i32(flags).i32(change);
  }

  /** One byte. */
  public MessageWriter u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  /** Two bytes in the machine's order. */
  public MessageWriter u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  /** Two bytes in network order. */
  public MessageWriter be16(int value) {
    return u8(value >> 8).u8(value);
  }

  /** Four bytes in the machine's order. */
  public MessageWriter i32(int value) {
    room(4).putInt(value);
    return this;
  }

  /** Bytes as they are. */
  public MessageWriter raw(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  /** An attribute with bytes as they are. */
  public MessageWriter attribute(int type, byte[] value) {
    return attribute(type, content -> content.raw(value));
  }

  /** An attribute with a 32-bit number. */
  public MessageWriter number(int type, int value) {
    return attribute(type, content -> content.i32(value));
  }

  /** An attribute with text, NUL-terminated. */
  public MessageWriter text(int type, String value) {
    return attribute(type, content -> content.raw(value.getBytes(StandardCharsets.UTF_8)).u8(0));
  }

  /** An attribute whose payload is written by {@code content}: a structure, or nested ones. */
  public MessageWriter attribute(int type, Consumer<MessageWriter> content) {
    int start = bytes.position();
    u16(0).u16(type);
    content.accept(this);
    int length = bytes.position() - start;
    if (length > ATTRIBUTE_MAX) {
      throw new IllegalStateException("attribute " + type + " of " + length + " bytes");
    }
    bytes.putShort(start, (short) length);
    return pad();
  }

  /** The finished message with its number and more flags. */
  public byte[] encode(int sequence, int moreFlags) {
    bytes.putInt(0, bytes.position());
    bytes.putShort(6, (short) (bytes.getShort(6) | moreFlags));
    bytes.putInt(8, sequence);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private MessageWriter pad() {
    while (bytes.position() % 4 != 0) {
      u8(0);
    }
    return this;
  }

  private ByteBuffer room(int size) {
    if (bytes.remaining() < size) {
      int capacity = Math.max(bytes.capacity() * 2, bytes.position() + size);
      bytes = ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder()).put(bytes.flip());
    }
    return bytes;
  }
}
