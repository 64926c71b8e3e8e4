package io.patchbay.hwsim.frame;

import io.patchbay.base.Failure;
import java.util.HexFormat;

/**
 * A 48-bit Ethernet address in the low bits of {@code value}, first octet highest. A value, so it
 * may be a map's key.
 */
public record MacAddress(long value) {
  /** How many octets an address has. */
  public static final int OCTETS = 6;

  /** Every station. */
  public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  public MacAddress {
    if (value < 0 || value > 0xffff_ffff_ffffL) {
      throw new IllegalArgumentException(Long.toHexString(value) + " has more than 48 bits");
    }
  }

  /**
   * Reads {@code 02:00:00:00:00:01}. Throws {@link Failure} of kind INVALID when it is not that.
   */
  public static MacAddress parse(String text) {
    try {
      byte[] octets = COLONS.parseHex(text);
      if (octets.length == OCTETS) {
        return at(octets, 0);
      }
    } catch (IllegalArgumentException e) {
      throw notOne(text, e);
    }
    throw notOne(text, new IllegalArgumentException("not six octets"));
  }

  /** Whether it names many stations (multicast or broadcast) and so can send nothing. */
  public boolean group() {
    return ((value >> 40) & 1) != 0;
  }

  /** The six octets in the order of the wire. */
  public byte[] octets() {
    byte[] octets = new byte[OCTETS];
    for (int i = 0; i < OCTETS; i++) {
      octets[i] = (byte) (value >> (8 * (OCTETS - 1 - i)));
    }
    return octets;
  }

  @Override
  public String toString() {
    return COLONS.formatHex(octets());
  }

  static MacAddress at(byte[] bytes, int offset) {
    long value = 0;
    for (int i = 0; i < OCTETS; i++) {
      value = (value << 8) | (bytes[offset + i] & 0xff);
    }
    return new MacAddress(value);
  }

  private static Failure notOne(String text, IllegalArgumentException cause) {
    return new Failure(
        Failure.Kind.INVALID, "'" + text + "' is not a MAC address like 02:00:00:00:00:01", cause);
  }
}
