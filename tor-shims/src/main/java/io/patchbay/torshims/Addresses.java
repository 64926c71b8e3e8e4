package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which client address is which connection's. An address is given once in the whole fabric, also
 * where services share a prefix, and never when it is a gateway's. Remembers nothing over a
 * restart: sessions do, and give it back by {@link #adopt}. Safe for all threads.
 */
final class Addresses {
  private final FabricServices fabric;

  @GuardedBy("this")
  private final Map<InetAddress, String> owners = new HashMap<>();

  Addresses(FabricServices fabric) {
    this.fabric = fabric;
  }

  /**
   * Gives a connection an address of the service: the first of the wished ones that it may have,
   * else the lowest free. Throws {@link Failure} of kind EXHAUSTED when there is none.
   *
   * @param wished addresses as they stand in a request, with or without a length; what is not one
   *     is not a wish
   * @param excluded prefixes the client cannot use
   */
  synchronized String take(
      String connection, FabricService service, List<String> wished, Collection<String> excluded) {
    List<Prefix> unusable = excluded.stream().map(Prefix::parse).toList();
    InetAddress address = find(connection, service, wished, unusable);
    owners.put(address, connection);
    return address.getHostAddress();
  }

  @GuardedBy("this")
  private InetAddress find(
      String connection, FabricService service, List<String> wished, List<Prefix> unusable) {
    for (String wish : wished) {
      Optional<InetAddress> address = parse(wish);
      if (address.isPresent() && isFree(connection, service, address.get(), unusable)) {
        return address.get();
      }
    }
    Prefix prefix = service.addresses().parsedPrefix();
    for (BigInteger at = BigInteger.ZERO;
        at.compareTo(prefix.size()) < 0;
        at = at.add(BigInteger.ONE)) {
      InetAddress address = prefix.at(at);
      if (isFree(connection, service, address, unusable)) {
        return address;
      }
    }
    throw new Failure(
        Failure.Kind.EXHAUSTED,
        "no address left for service %s in %s: %d are in use"
            .formatted(service.name(), prefix, owners.size()));
  }

  private static Optional<InetAddress> parse(String wish) {
    try {
      return Optional.of(Prefix.address(wish.split("/", 2)[0]));
    } catch (Failure e) {
      return Optional.empty(); // no address is no wish
    }
  }

  @GuardedBy("this")
  private boolean isFree(
      String connection, FabricService service, InetAddress address, List<Prefix> unusable) {
    return service.addresses().allows(address)
        && owners.getOrDefault(address, connection).equals(connection)
        && fabric.services().stream()
            .noneMatch(other -> Prefix.address(other.addresses().gateway()).equals(address))
        && unusable.stream().noneMatch(prefix -> prefix.contains(address));
  }

  /** Takes up what a connection was given before a restart, whatever the fabric file says now. */
  synchronized void adopt(String connection, String address) {
    owners.put(Prefix.address(address), connection);
  }

  /** Who has what now. */
  synchronized Map<String, String> given() {
    Map<String, String> given = new TreeMap<>();
    owners.forEach((address, connection) -> given.put(address.getHostAddress(), connection));
    return given;
  }

  /** The connection has no use for its address any more. */
  synchronized void giveBack(String connection, String address) {
    owners.remove(Prefix.address(address), connection);
  }
}
