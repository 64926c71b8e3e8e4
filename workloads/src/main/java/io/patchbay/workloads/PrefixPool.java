package io.patchbay.workloads;

import io.patchbay.base.Failure;
import io.patchbay.linux.IpPrefix;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The addresses of one prefix, the lowest free one first; the network address is not skipped
 * (contracts/nsm.md section 10). Safe for all threads.
 */
final class PrefixPool {
  private final IpPrefix prefix;
  private final BigInteger first;
  private final BigInteger size;
  private final Set<BigInteger> taken = new TreeSet<>();

  PrefixPool(IpPrefix prefix) {
    this.prefix = prefix.network();
    this.first = new BigInteger(1, this.prefix.address().getAddress());
    int bits = this.prefix.isIpv6() ? 128 : 32;
    this.size = BigInteger.ONE.shiftLeft(bits - prefix.length());
  }

  /** The lowest free address that is allowed. Throws Failure EXHAUSTED naming the prefix. */
  synchronized InetAddress take(Predicate<InetAddress> allowed) {
    BigInteger offset = BigInteger.ZERO;
    while (offset.compareTo(size) < 0) {
      if (!taken.contains(offset) && allowed.test(address(offset))) {
        taken.add(offset);
        return address(offset);
      }
      offset = offset.add(BigInteger.ONE);
    }
    throw new Failure(Failure.Kind.EXHAUSTED, "no address is left in " + prefix);
  }

  /** Takes this very address, if it is one of ours and free. */
  synchronized Optional<InetAddress> take(InetAddress wanted) {
    return prefix.contains(wanted) && taken.add(offset(wanted))
        ? Optional.of(wanted)
        : Optional.empty();
  }

  synchronized void giveBack(InetAddress address) {
    taken.remove(offset(address));
  }

  private BigInteger offset(InetAddress address) {
    return new BigInteger(1, address.getAddress()).subtract(first);
  }

  private InetAddress address(BigInteger offset) {
    byte[] value = first.add(offset).toByteArray();
    byte[] bytes = new byte[prefix.isIpv6() ? 16 : 4];
    int length = Math.min(value.length, bytes.length);
    System.arraycopy(value, value.length - length, bytes, bytes.length - length, length);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(bytes.length + " bytes are no address", e);
    }
  }
}
