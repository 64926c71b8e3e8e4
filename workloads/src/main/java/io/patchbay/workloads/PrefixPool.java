package io.patchbay.workloads;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.linux.IpPrefix;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The addresses of one prefix, the lowest free one first; the network address is not skipped
 * (contracts/nsm.md section 10). Safe for all threads.
 */
final class PrefixPool {
  private final IpPrefix prefix;
  private final BigInteger first;
  private final BigInteger size;

  @GuardedBy("this")
  private final Set<BigInteger> taken = new HashSet<>();

  /** Everything below is taken. */
  @GuardedBy("this")
  private BigInteger lowest = BigInteger.ZERO;

  PrefixPool(IpPrefix prefix) {
    this.prefix = prefix.network();
    this.first = number(this.prefix.address());
    this.size = size(this.prefix);
  }

  /** The lowest free address outside of these. Throws Failure EXHAUSTED naming the prefix. */
  synchronized InetAddress take(List<IpPrefix> excluded) {
    while (taken.contains(lowest)) {
      lowest = lowest.add(BigInteger.ONE);
    }
    BigInteger offset = lowest;
    while (offset.compareTo(size) < 0) {
      InetAddress candidate = address(offset);
      Optional<IpPrefix> around =
          excluded.stream().filter(each -> each.contains(candidate)).findFirst();
      if (around.isPresent()) {
        offset = number(around.get().network().address()).add(size(around.get())).subtract(first);
      } else if (taken.add(offset)) {
        return candidate;
      } else {
        offset = offset.add(BigInteger.ONE);
      }
    }
    throw new Failure(Failure.Kind.EXHAUSTED, "no address is left in " + prefix);
  }

  /** Takes this very address, if it is one of ours and free. */
  synchronized Optional<InetAddress> take(InetAddress wanted) {
    return prefix.contains(wanted) && taken.add(number(wanted).subtract(first))
        ? Optional.of(wanted)
        : Optional.empty();
  }

  synchronized void giveBack(InetAddress address) {
    BigInteger offset = number(address).subtract(first);
    taken.remove(offset);
    lowest = lowest.min(offset);
  }

  private static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  private static BigInteger size(IpPrefix prefix) {
    return BigInteger.ONE.shiftLeft((prefix.isIpv6() ? 128 : 32) - prefix.length());
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

  @Override
  public String toString() {
    return prefix.toString();
  }
}
