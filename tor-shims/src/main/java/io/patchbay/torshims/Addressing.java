package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/**
 * Which addresses a service's clients get. Written as text in the fabric file, checked when read.
 *
 * @param prefix {@code 10.0.0.0/24}
 * @param gateway the service's own address in it
 * @param excluded addresses, {@code low-high} ranges or prefixes that are never given out
 * @param routes what clients reach through the gateway
 */
public record Addressing(
    String prefix, String gateway, List<String> excluded, List<String> routes) {
  public Addressing {
    if (prefix == null || gateway == null) {
      throw new Failure(Failure.Kind.INVALID, "addresses: give 'prefix' and 'gateway'");
    }
    excluded = excluded == null ? List.of() : List.copyOf(excluded);
    routes = routes == null ? List.of() : List.copyOf(routes);
    if (!Prefix.parse(prefix).contains(Prefix.address(gateway))) {
      throw new Failure(Failure.Kind.INVALID, "gateway " + gateway + " is not in prefix " + prefix);
    }
    excluded.forEach(range -> inRange(range, Prefix.address("0.0.0.0")));
    routes.forEach(Prefix::parse);
  }

  Prefix parsedPrefix() {
    return Prefix.parse(prefix);
  }

  /** Whether a client may have this address, as far as the fabric file says. */
  boolean allows(InetAddress address) {
    Prefix all = parsedPrefix();
    return all.contains(address)
        && !isReserved(all, address)
        && !address.equals(Prefix.address(gateway))
        && excluded.stream().noneMatch(range -> inRange(range, address));
  }

  /**
   * The first address of a subnet is its own, the last of an IPv4 one is broadcast; pairs (RFC
   * 3021) and single addresses have neither.
   */
  private static boolean isReserved(Prefix all, InetAddress address) {
    if (all.size().compareTo(BigInteger.TWO) <= 0) {
      return false;
    }
    boolean last =
        Prefix.number(address).equals(Prefix.number(all.at(all.size().subtract(BigInteger.ONE))));
    return address.equals(all.first()) || last && address instanceof Inet4Address;
  }

  /** Whether an address is in {@code a}, {@code a-b} or {@code a/n}. */
  static boolean inRange(String range, InetAddress address) {
    if (range.indexOf('/') >= 0) {
      return Prefix.parse(range).contains(address);
    }
    int dash = range.indexOf('-');
    InetAddress low = Prefix.address(dash < 0 ? range : range.substring(0, dash).strip());
    InetAddress high = Prefix.address(dash < 0 ? range : range.substring(dash + 1).strip());
    if (Prefix.number(low).compareTo(Prefix.number(high)) > 0) {
      throw new Failure(Failure.Kind.INVALID, "'" + range + "' runs backwards");
    }
    return address.getClass() == low.getClass()
        && Prefix.number(address).compareTo(Prefix.number(low)) >= 0
        && Prefix.number(address).compareTo(Prefix.number(high)) <= 0;
  }
}
