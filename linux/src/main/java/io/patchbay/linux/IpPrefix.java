package io.patchbay.linux;

import io.patchbay.base.Failure;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address with the length of its network part, in CIDR form: {@code 10.1.2.3/24}. The host bits
 * are kept; {@link #network} drops them.
 */
public record IpPrefix(InetAddress address, int length) {
  private static final Pattern LITERAL =
      Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  public IpPrefix {
    int bits = address.getAddress().length * 8;
    if (length < 0 || length > bits) {
      throw new Failure(
          Failure.Kind.INVALID,
          "prefix length " + length + " of " + address.getHostAddress() + " is not 0.." + bits);
    }
  }

  /** A single host: /32 or /128. */
  public static IpPrefix host(InetAddress address) {
    return new IpPrefix(address, address.getAddress().length * 8);
  }

  /** Reads CIDR form, or a bare address as a single host. Throws {@link Failure} INVALID. */
  public static IpPrefix parse(String text) {
    String stripped = text.strip();
    int slash = stripped.indexOf('/');
    if (slash < 0) {
      return host(literal(stripped));
    }
    InetAddress address = literal(stripped.substring(0, slash));
    try {
      return new IpPrefix(address, Integer.parseInt(stripped.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new Failure(
          Failure.Kind.INVALID, "'" + text + "' has no prefix length; write 10.1.2.3/24", e);
    }
  }

  /** Reads an address without asking any name server. Throws {@link Failure} INVALID. */
  public static InetAddress literal(String text) {
    try {
      if (LITERAL.matcher(text).matches()) {
        return InetAddress.ofLiteral(text);
      }
    } catch (IllegalArgumentException e) {
      throw notAnAddress(text, e);
    }
    throw notAnAddress(text, null);
  }

  /** Whether it is IPv6. */
  public boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** The same prefix with all host bits zero. */
  public IpPrefix network() {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int kept = Math.clamp(length - 8L * i, 0, 8);
      bytes[i] &= (byte) (0xff00 >> kept);
    }
    try {
      return new IpPrefix(InetAddress.getByAddress(bytes), length);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("masked " + address, e);
    }
  }

  /** Whether the other address lies inside. */
  public boolean contains(InetAddress other) {
    return other.getAddress().length == address.getAddress().length
        && new IpPrefix(other, length).network().equals(network());
  }

  private static Failure notAnAddress(String text, @Nullable Throwable cause) {
    return new Failure(
        Failure.Kind.INVALID, "'" + text + "' is not an IPv4 or IPv6 address", cause);
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + length;
  }
}
