package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** An IP prefix, IPv4 or IPv6: its first address and how many leading bits its addresses share. */
record Prefix(InetAddress first, int length) {
  Prefix {
    int bits = first.getAddress().length * 8;
    if (length < 0 || length > bits) {
      throw invalid(first.getHostAddress() + "/" + length, "the length is not in 0.." + bits);
    }
    if (number(first).mod(BigInteger.ONE.shiftLeft(bits - length)).signum() != 0) {
      throw invalid(first.getHostAddress() + "/" + length, "bits are set behind the prefix");
    }
  }

  /** Reads {@code address/length}. Throws {@link Failure} of kind INVALID. */
  static Prefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw invalid(text, "no length behind a slash");
    }
    try {
      return new Prefix(
          address(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw invalid(text, "no length behind a slash");
    }
  }

  /** Reads an address; never asks DNS. Throws {@link Failure} of kind INVALID. */
  static InetAddress address(String text) {
    try {
      if (text.indexOf(':') < 0 && !text.matches("\\d+(\\.\\d+){3}")) {
        throw new IllegalArgumentException("not four numbers with dots");
      }
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new Failure(Failure.Kind.INVALID, "'" + text + "' is not an IP address", e);
    }
  }

  private static Failure invalid(String text, String why) {
    return new Failure(Failure.Kind.INVALID, "'" + text + "' is not a prefix: " + why);
  }

  boolean contains(InetAddress address) {
    if (address.getAddress().length != first.getAddress().length) {
      return false;
    }
    BigInteger offset = number(address).subtract(number(first));
    return offset.signum() >= 0 && offset.compareTo(size()) < 0;
  }

  /** How many addresses there are. */
  BigInteger size() {
    return BigInteger.ONE.shiftLeft(first.getAddress().length * 8 - length);
  }

  /** The address at an offset from the first. */
  InetAddress at(BigInteger offset) {
    byte[] bytes = new byte[first.getAddress().length];
    byte[] number = number(first).add(offset).toByteArray();
    int used = Math.min(number.length, bytes.length);
    System.arraycopy(number, number.length - used, bytes, bytes.length - used, used);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
    }
  }

  /** An address as the number that its bytes make. */
  static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  @Override
  public String toString() {
    return first.getHostAddress() + "/" + length;
  }
}
