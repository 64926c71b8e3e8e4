package io.patchbay.linux.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** {@code struct ifreq} of {@code linux/if.h}: a link's name and a union. For one thread. */
public final class InterfaceRequest {
  private static final int SIZE = 40;
  private static final int NAME_SIZE = 16;

  private final byte[] bytes = new byte[SIZE];
  private final ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());

  private InterfaceRequest(String name) {
    fields.put(name.getBytes(StandardCharsets.UTF_8)).position(NAME_SIZE);
  }

  /** A request about this link; what is added next goes into the union. */
  public static InterfaceRequest named(String link) {
    return new InterfaceRequest(link);
  }

  /** The link's name in an answer. */
  public static String name(byte[] answer) {
    int end = 0;
    while (end < NAME_SIZE && answer[end] != 0) {
      end++;
    }
    return new String(answer, 0, end, StandardCharsets.UTF_8);
  }

  /** An ioctl argument that is only an int. */
  public static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  /** Adds two bytes. */
  public InterfaceRequest u16(int value) {
    fields.putShort((short) value);
    return this;
  }

  /** Adds bytes as they are. */
  public InterfaceRequest raw(byte[] value) {
    fields.put(value);
    return this;
  }

  /** Adds an address in this process. */
  InterfaceRequest pointer(long address) {
    fields.putLong(address);
    return this;
  }

  /** The whole structure. */
  public byte[] bytes() {
    return bytes.clone();
  }
}
