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
 */
record PortIntent(SortedMap<String, PortClaim> claims) {
  /** Nobody claims anything. */
  static final PortIntent NONE = new PortIntent(new TreeMap<>());

  PortIntent {
    claims = Collections.unmodifiableSortedMap(new TreeMap<>(claims));
  }

  /** The same with one connection's claim, in place of any it had. */
  PortIntent with(String connection, PortClaim claim) {
    SortedMap<String, PortClaim> more = new TreeMap<>(claims);
    more.put(connection, claim);
    return new PortIntent(more);
  }

  /** The same without a connection's claim. */
  PortIntent without(String connection) {
    SortedMap<String, PortClaim> fewer = new TreeMap<>(claims);
    fewer.remove(connection);
    return new PortIntent(fewer);
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
    return wanted(item.aspect(), on);
  }

  private static Optional<PortConfig> wanted(Aspect aspect, Collection<PortClaim> on) {
    if (on.isEmpty()) {
      return Optional.empty();
    }
    return aspect == Aspect.VLANS
        ? Optional.of(new Trunk(vlans(on), OptionalInt.empty()))
        : PortWish.merged(aspect, on.stream().map(PortClaim::wish).toList());
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

  private static SortedMap<String, PortConfig> wanted(Collection<PortClaim> some) {
    Map<String, List<PortClaim>> byPort =
        some.stream().collect(Collectors.groupingBy(PortClaim::port));
    SortedMap<String, PortConfig> wanted = new TreeMap<>();
    byPort.forEach((port, on) -> {
      for (Aspect aspect : Aspect.values()) {
        wanted(aspect, on)
            .ifPresent(config -> wanted.put(new PortItem(port, aspect).key(), config));
      }
    });
    return wanted;
  }
}
