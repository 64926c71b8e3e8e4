package io.patchbay.nsmgr;

import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Under which address other nodes reach this manager (contracts/nsm.md section 3). */
final class PublicUrl {
  private static final List<String> ANY = List.of("", "0.0.0.0", "::");

  private PublicUrl() {}

  /**
   * The first tcp address listened on, an empty host replaced by this machine's; on a machine
   * without a network, or without a tcp address, an address that serves this node alone.
   */
  static Url of(List<Url> listen) {
    return listen.stream()
        .filter(url -> url.scheme().equals("tcp"))
        .findFirst()
        .map(PublicUrl::reachable)
        .orElseGet(() -> listen.getFirst());
  }

  private static Url reachable(Url url) {
    return ANY.contains(url.host()) ? new Url("tcp", host() + ":" + url.port()) : url;
  }

  private static String host() {
    List<InetAddress> own = addresses();
    Optional<String> v4 =
        own.stream()
            .filter(Inet4Address.class::isInstance)
            .map(InetAddress::getHostAddress)
            .findFirst();
    Optional<String> v6 =
        own.stream()
            .filter(Inet6Address.class::isInstance)
            .map(address -> "[" + address.getHostAddress().replaceAll("%.*", "") + "]")
            .findFirst();
    return v4.or(() -> v6).orElse("127.0.0.1");
  }

  private static List<InetAddress> addresses() {
    try {
      return NetworkInterface.networkInterfaces()
          .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .toList();
    } catch (SocketException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot list this machine's addresses: " + e.getMessage(), e);
    }
  }
}
