package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.mesh.registry.Domains;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What may become of a VF's claim: pure, with the time handed in. An empty result means the VF is
 * free.
 */
final class ClaimRules {
  private ClaimRules() {}

  /**
   * One device in the kubelet's list.
   *
   * @param to the claim by which its container has it, without a uid
   */
  record Listed(String resource, Claim.Use use, ResourceClaim to) {
    /** Of a container that has it without a claim. */
    Listed(String resource, Claim.Use use) {
      this(resource, use, ResourceClaim.NONE);
    }
  }

  /**
   * A claim that a reservation finds under the same name, if it may stand: it must serve nobody.
   * Empty when a new one is to be made, because the earlier container has been seen and the kubelet
   * has now given the VF to another. One of the same {@link ResourceClaim} stands until that is
   * released, whoever it serves. Throws {@link Failure} of kind CONFLICT.
   */
  static Optional<Claim> reserveAgain(PciAddress vf, Claim claim, Reservation wanted) {
    ResourceClaim to = claim.grant().to();
    if (!to.matches(wanted.claim())) {
      String taken = to.present() ? to.toString() : "a container, as " + claim.grant().resource();
      throw conflict(vf, "is taken by " + taken);
    }
    if (!claim.grant().resource().equals(wanted.name().toString())) {
      throw conflict(vf, "is taken as " + claim.grant().resource());
    }
    if (to.present()) {
      if (!claim.draining().isEmpty()) {
        throw conflict(vf, "is on its way home: " + claim.draining());
      }
      boolean samePod = claim.use().pod().equals(wanted.pod());
      return Optional.of(claim.to(wanted.claim()).with(samePod ? claim.use() : wanted.use()));
    }
    checkStays(vf, claim);
    if (claim.hold().present()) {
      String pod = claim.use().namespace() + "/" + claim.use().pod();
      String whose = claim.use().seen() ? " of pod " + pod : "";
      throw conflict(vf, "still serves connection " + claim.hold().connection() + whose);
    }
    boolean unused = !claim.use().seen() && claim.grant().goodFor().isEmpty();
    return Optional.of(claim).filter(known -> unused);
  }

  /** Whether {@link #reserveAgain} refuses now. */
  static boolean refuses(PciAddress vf, Claim claim, Reservation wanted) {
    try {
      var unused = reserveAgain(vf, claim, wanted);
      return false;
    } catch (Failure refused) {
      return true;
    }
  }

  /**
   * Whether {@link #reserveAgain} refuses now, and will not once the VF is home. The kubelet gives
   * away only what its pod has lost, so the connection of that one will end, if it has not begun
   * to.
   */
  static boolean comesFree(Claim claim, Reservation wanted) {
    Claim.Grant grant = claim.grant();
    return claim.hold().present()
        && !grant.to().present()
        && grant.to().matches(wanted.claim())
        && grant.resource().equals(wanted.name().toString());
  }

  /** A grant that ends: free at once, unless a connection has changed the VF. */
  static Optional<Claim> ended(Claim claim, String reason) {
    if (!claim.hold().present()) {
      return Optional.empty();
    }
    return Optional.of(claim.draining().isEmpty() ? claim.drainingBecause(reason) : claim);
  }

  /** The kubelet lists the VF. Another name or claim than the granted one changes nothing. */
  static Claim listed(Claim claim, Listed there) {
    boolean ours = there.to().present() || claim.grant().resource().equals(there.resource());
    return ours && claim.grant().to().matches(there.to()) ? claim.with(there.use()) : claim;
  }

  /**
   * The kubelet does not list the VF. Its grant ends when that was so for as long as {@code
   * patience} says and the container had been seen, or when nobody showed. One of a {@link
   * ResourceClaim} ends by its release alone: not every kubelet lists those.
   *
   * @param empty whether it lists nothing at all
   */
  static Optional<Claim> missed(Claim claim, long nowMillis, Patience patience, boolean empty) {
    if (claim.grant().to().isReleased()) {
      return Optional.of(claim);
    }
    Claim.Use use = claim.use();
    if (!use.seen()) {
      boolean old = nowMillis - claim.grant().sinceMillis() >= patience.unseen().toMillis();
      return old && !claim.hold().present()
          ? ended(claim, "no container used it within " + patience.unseen().toSeconds() + " s")
          : Optional.of(claim);
    }
    Duration grace = grace(claim, patience, empty);
    if (use.missingSinceMillis() == 0) {
      return Optional.of(claim.with(use.missingSince(nowMillis)));
    }
    return nowMillis - use.missingSinceMillis() >= grace.toMillis()
        ? ended(claim, "pod " + use.namespace() + "/" + use.pod() + " is gone")
        : Optional.of(claim);
  }

  /** A VF without an interface is in no namespace whose end would be seen: the list is all. */
  private static Duration grace(Claim claim, Patience patience, boolean empty) {
    if (claim.hold().present() && !claim.hold().home().bare()) {
      return patience.held();
    }
    return empty || claim.hold().present() ? patience.empty() : patience.missing();
  }

  /**
   * Refuses a network service of another domain than the grant's: its endpoint could name any VLAN
   * of the cable, and only those of the domain that owns the cable may. Throws {@link Failure} of
   * kind DENIED.
   */
  static void checkService(PciAddress vf, Claim claim, String service) {
    String domain = ResourceName.parse(claim.grant().resource()).domain().text();
    if (!Domains.domain(service).equals(Optional.of(domain))) {
      throw new Failure(
          Failure.Kind.DENIED,
          vf
              + " is granted as "
              + claim.grant().resource()
              + ": it can be on services of that domain only, such as name@"
              + domain
              + ", not on '"
              + service
              + "'");
    }
  }

  /**
   * Refuses a token from another pod than the one that has the VF, where no network namespace shows
   * whose it is. Throws {@link Failure} of kind DENIED.
   */
  static void checkPod(PciAddress vf, Claim claim, ClientPod pod) {
    if (!pod.equals(new ClientPod(claim.use().namespace(), claim.use().pod()))) {
      throw new Failure(
          Failure.Kind.DENIED,
          "the grant of "
              + vf
              + " is good for the pod that has it, not for "
              + pod.namespace()
              + "/"
              + pod.name());
    }
  }

  /** Refuses to go on with a VF that is on its way home. Throws {@link Failure} CONFLICT. */
  static void checkStays(PciAddress vf, Claim claim) {
    if (claim.hold().step() == Hold.Step.RETURNING) {
      throw conflict(
          vf,
          "is on its way home from connection "
              + claim.hold().connection()
              + " and being reset; ask again");
    }
  }

  /**
   * A connection takes the VF into its service; the same one again changes nothing. Throws {@link
   * Failure}: CONFLICT when it serves another connection or is on its way home, DENIED when the
   * grant was used from another network namespace that still lives.
   */
  static Claim held(PciAddress vf, Claim claim, Hold wanted, Predicate<String> lives) {
    if (!claim.draining().isEmpty()) {
      throw conflict(vf, "is on its way home: " + claim.draining());
    }
    checkStays(vf, claim);
    Hold current = claim.hold();
    if (current.present() && !current.connection().equals(wanted.connection())) {
      throw conflict(vf, "serves connection " + current.connection());
    }
    String first = claim.grant().goodFor();
    boolean other = !first.isEmpty() && !first.equals(wanted.namespace());
    if (other && (current.present() || lives.test(first))) {
      throw new Failure(
          Failure.Kind.DENIED, "the grant of " + vf + " is good for another network namespace");
    }
    return current.present() ? claim : claim.goodFor(wanted.namespace()).with(wanted);
  }

  /** The VF of a connection is home and verified. A late word of an older owner changes nothing. */
  static Optional<Claim> home(Claim claim, String connection) {
    if (!claim.hold().connection().equals(connection)) {
      return Optional.of(claim);
    }
    return claim.draining().isEmpty() ? Optional.of(claim.with(Hold.NONE)) : Optional.empty();
  }

  private static Failure conflict(PciAddress vf, String why) {
    return new Failure(Failure.Kind.CONFLICT, vf + " " + why);
  }
}
