package io.patchbay.torshims;

import io.patchbay.torshims.PortConfig.Trunk;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one switch should be: the fold over the claims of live connections. A port carries the union
 * of the VLANs claimed on it, each for as long as anyone claims it. A value; pure.
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

  /** What a port should be; empty when nobody claims it, so that it is to be as it was before. */
  Optional<Trunk> wanted(String port) {
    SortedSet<Integer> vlans =
        claims.values().stream()
            .filter(claim -> claim.port().equals(port))
            .map(PortClaim::vlan)
            .collect(Collectors.toCollection(TreeSet::new));
    return vlans.isEmpty() ? Optional.empty() : Optional.of(new Trunk(vlans, OptionalInt.empty()));
  }

  /** The VLANs that anyone claims on any port. */
  SortedSet<Integer> vlans() {
    return claims.values().stream()
        .map(PortClaim::vlan)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The ports that anyone claims, with what they should be. */
  Map<String, Trunk> wanted() {
    Map<String, Trunk> wanted = new TreeMap<>();
    for (PortClaim claim : claims.values()) {
      wanted(claim.port()).ifPresent(trunk -> wanted.put(claim.port(), trunk));
    }
    return wanted;
  }
}
