package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/**
 * Where others reach what serves on {@code tcp://:port}: the host's first IPv4 address that is not
 * loopback, else its first global IPv6 address (contracts/nsm.md section 3).
 */
final class PublishedUrl {
  private PublishedUrl() {}

  /** The address with a host in it. Throws {@link Failure} of kind UNAVAILABLE without any. */
  static Url of(Url listening) {
    if (!listening.host().isEmpty()) {
      return listening;
    }
    List<InetAddress> addresses = addresses();
    return addresses.stream()
        .filter(Inet4Address.class::isInstance)
        .map(InetAddress::getHostAddress)
        .findFirst()
        .or(() ->
            addresses.stream()
                .filter(Inet6Address.class::isInstance)
                .map(address -> "[" + address.getHostAddress().replaceFirst("%.*", "") + "]")
                .findFirst())
        .map(host -> new Url("tcp", host + ":" + listening.port()))
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.UNAVAILABLE,
                "this host has no address that others could reach " + listening + " by"));
  }

  private static List<InetAddress> addresses() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .toList();
    } catch (SocketException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot list this host's addresses: " + Failure.text(e), e);
    }
  }
}
