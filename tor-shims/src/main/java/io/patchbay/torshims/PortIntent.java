package io.patchbay.torshims;

import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortItem.Aspect;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one switch should be: the fold over the claims of live connections. A port carries the union
 * of the VLANs claimed on it, each for as long as anyone claims it, and besides is what the
 * services of those VLANs want (see {@link PortWish}). A value; pure.
 *
 * @param claims by connection
 * @param nativeVlans the VLANs of frames without a tag, by port, for as long as anyone claims it;
 *     on others such frames are dropped
 */
record PortIntent(SortedMap<String, PortClaim> claims, Map<String, Integer> nativeVlans) {
  /** Nobody claims anything, and frames have tags. */
  static final PortIntent NONE = none(Map.of());

  PortIntent {
    claims = Collections.unmodifiableSortedMap(new TreeMap<>(claims));
    nativeVlans = Map.copyOf(nativeVlans);
  }

  /** Nobody claims anything. */
  static PortIntent none(Map<String, Integer> nativeVlans) {
    return new PortIntent(new TreeMap<>(), nativeVlans);
  }

  /** The same with one connection's claim, in place of any it had. */
  PortIntent with(String connection, PortClaim claim) {
    SortedMap<String, PortClaim> more = new TreeMap<>(claims);
    more.put(connection, claim);
    return new PortIntent(more, nativeVlans);
  }

  /** The same without a connection's claim. */
  PortIntent without(String connection) {
    SortedMap<String, PortClaim> fewer = new TreeMap<>(claims);
    fewer.remove(connection);
    return new PortIntent(fewer, nativeVlans);
  }

  /**
   * What an item of a port should be; empty when nobody claims it, so that it is to be as it was
   * before.
   *
   * @param key the item's, see {@link PortItem}
   */
  Optional<PortConfig> wanted(String key) {
    PortItem item = PortItem.of(key);
    List<PortClaim> on =
        claims.values().stream().filter(claim -> claim.port().equals(item.port())).toList();
    return wanted(item, on);
  }

  private Optional<PortConfig> wanted(PortItem item, Collection<PortClaim> on) {
    if (on.isEmpty()) {
      return Optional.empty();
    }
    return item.aspect() == Aspect.VLANS
        ? Optional.of(new Trunk(vlans(on), nativeVlan(item.port())))
        : PortWish.merged(item.aspect(), on.stream().map(PortClaim::wish).toList());
  }

  private OptionalInt nativeVlan(String port) {
    Integer vlan = nativeVlans.get(port);
    return vlan == null ? OptionalInt.empty() : OptionalInt.of(vlan);
  }

  /** The VLANs that anyone claims on any port. */
  SortedSet<Integer> vlans() {
    return vlans(claims.values());
  }

  private static SortedSet<Integer> vlans(Collection<PortClaim> of) {
    return of.stream().map(PortClaim::vlan).collect(Collectors.toCollection(TreeSet::new));
  }

  /** The ports that anyone claims. */
  SortedSet<String> ports() {
    return claims.values().stream()
        .map(PortClaim::port)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The items that anyone claims, by their keys, with what they should be. */
  SortedMap<String, PortConfig> wanted() {
    return wanted(claims.values());
  }

  /** The same of some ports only. */
  SortedMap<String, PortConfig> wantedOn(Set<String> ports) {
    return wanted(claims.values().stream().filter(claim -> ports.contains(claim.port())).toList());
  }

  private SortedMap<String, PortConfig> wanted(Collection<PortClaim> some) {
    Map<String, List<PortClaim>> byPort =
        some.stream().collect(Collectors.groupingBy(PortClaim::port));
    SortedMap<String, PortConfig> wanted = new TreeMap<>();
    byPort.forEach((port, on) -> {
      for (Aspect aspect : Aspect.values()) {
        PortItem item = new PortItem(port, aspect);
        wanted(item, on).ifPresent(config -> wanted.put(item.key(), config));
      }
    });
    return wanted;
  }
}
