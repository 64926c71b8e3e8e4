package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortItem.Aspect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Which services may be on one port. What is bound to a port acts on all of its VLANs, so they must
 * want the very same of it, and that may be nothing. Pure.
 */
final class PortSharing {
  private PortSharing() {}

  /**
   * Why a service must not come to a port, naming both services and the field; empty when it may.
   *
   * @param intent of its switch
   * @param wishes what those who are there want: an heir does not know it itself
   */
  static Optional<Failure> objection(
      PortIntent intent, PortClaim coming, Function<PortClaim, PortWish> wishes) {
    return intent.claims().values().stream()
        .filter(there -> there.port().equals(coming.port()) && !isOfOneKind(there, coming))
        .flatMap(there ->
            difference(coming.wish(), wishes.apply(there))
                .map(aspect -> objection(aspect, coming, there, wishes.apply(there)))
                .stream())
        .findFirst();
  }

  /** Of one service, and as far as that is known asked for as the same resource. */
  private static boolean isOfOneKind(PortClaim one, PortClaim other) {
    return one.vlan() == other.vlan()
        && (one.capability().equals(other.capability())
            || one.capability().isEmpty()
            || other.capability().isEmpty());
  }

  private static Optional<Aspect> difference(PortWish one, PortWish other) {
    return Aspect.BOUND.stream()
        .filter(aspect -> !one.port().bound(aspect).equals(other.port().bound(aspect)))
        .findFirst();
  }

  private static Failure objection(
      Aspect aspect, PortClaim coming, PortClaim there, PortWish theirs) {
    return new Failure(
        Failure.Kind.CONFLICT,
        "%s: service %s wants %s of port %s, and %s, which is on it, %s; what is bound there acts on the VLANs of both: have them want the same, or keep them on different ports"
            .formatted(
                FabricService.Port.field(aspect),
                named(coming.wish(), coming),
                said(coming.wish(), aspect),
                coming.port(),
                named(theirs, there),
                said(theirs, aspect)));
  }

  private static String named(PortWish wish, PortClaim claim) {
    String name = wish.service().isEmpty() ? "of VLAN " + claim.vlan() : wish.service();
    return wish.capability().isEmpty() ? name : name + " for " + wish.capability();
  }

  private static String said(PortWish wish, Aspect aspect) {
    return wish.port().bound(aspect).map(Object::toString).orElse("nothing");
  }

  /**
   * What those who live on ports together want of them that is not the same, in words: it comes of
   * a file that has changed.
   */
  static List<String> quarrels(PortIntent intent) {
    List<String> quarrels = new ArrayList<>();
    for (String port : intent.ports()) {
      for (Aspect aspect : Aspect.BOUND) {
        SortedMap<String, String> said = new TreeMap<>();
        intent.claims().values().stream()
            .filter(claim -> claim.port().equals(port))
            .filter(claim -> !claim.wish().service().isEmpty())
            .forEach(claim -> said.put(named(claim.wish(), claim), said(claim.wish(), aspect)));
        if (said.values().stream().distinct().count() > 1) {
          String key = new PortItem(port, aspect).key();
          quarrels.add(
              "%s: the services on it want %s; it is %s"
                  .formatted(
                      key, said, intent.wanted(key).map(Object::toString).orElse("left alone")));
        }
      }
    }
    return quarrels;
  }
}
