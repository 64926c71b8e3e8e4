package io.patchbay.linux;

import io.patchbay.base.Failure;
import java.util.HexFormat;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** An Ethernet address: the 48 bits, first byte highest. */
public record MacAddress(long value) {
  /** All zeros: what a virtual function has before anybody gives it an address. */
  public static final MacAddress ZERO = new MacAddress(0);

  /** Everybody. */
  public static final MacAddress BROADCAST = new MacAddress((1L << 48) - 1);

  /** Size in bytes. */
  public static final int LENGTH = 6;

  private static final Pattern FORM = Pattern.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}");
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");
  private static final long GROUP_BIT = 1L << 40;
  private static final long LOCAL_BIT = 1L << 41;
  private static final long ALL = (1L << 48) - 1;

  public MacAddress {
    if ((value & ~ALL) != 0) {
      throw new Failure(Failure.Kind.INVALID, "more than 48 bits: " + Long.toHexString(value));
    }
  }

  /** Reads {@code 02:00:5e:10:00:01}, in either case. Throws {@link Failure} INVALID. */
  public static MacAddress parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    if (!FORM.matcher(lower).matches()) {
      throw new Failure(
          Failure.Kind.INVALID, "'" + text + "' is not a MAC address such as 02:00:5e:10:00:01");
    }
    return of(COLONS.parseHex(lower));
  }

  /** The address in the first six bytes. Throws {@link Failure} INVALID if there are fewer. */
  public static MacAddress of(byte[] bytes) {
    return at(bytes, 0);
  }

  /** The address in the six bytes from an offset on. Throws {@link Failure} INVALID if too few. */
  public static MacAddress at(byte[] bytes, int offset) {
    if (bytes.length - offset < LENGTH) {
      throw new Failure(
          Failure.Kind.INVALID, "a MAC address of " + (bytes.length - offset) + " bytes");
    }
    long value = 0;
    for (int i = offset; i < offset + LENGTH; i++) {
      value = (value << 8) | Byte.toUnsignedLong(bytes[i]);
    }
    return new MacAddress(value);
  }

  /** A random unicast address that is marked as locally administered. */
  public static MacAddress random(RandomGenerator random) {
    return new MacAddress((random.nextLong() & ALL & ~GROUP_BIT) | LOCAL_BIT);
  }

  /** The six bytes, as on the wire. */
  public byte[] bytes() {
    byte[] bytes = new byte[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      bytes[i] = (byte) (value >> (8 * (LENGTH - 1 - i)));
    }
    return bytes;
  }

  /** Whether nothing is set. */
  public boolean isZero() {
    return value == 0;
  }

  /** Whether it addresses a group: multicast or broadcast. */
  public boolean isGroup() {
    return (value & GROUP_BIT) != 0;
  }

  @Override
  public String toString() {
    return COLONS.formatHex(bytes());
  }
}
