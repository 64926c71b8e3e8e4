package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What may become of a VF's claim: pure, with the time handed in. An empty result means the VF is
 * free.
 */
final class ClaimRules {
  private ClaimRules() {}

  /** One device in the kubelet's list. */
  record Listed(String resource, Claim.Use use) {}

  /**
   * A claim that a reservation finds under the same name, if it may stand: it must serve nobody.
   * Empty when a new one is to be made, because the earlier container has been seen and the kubelet
   * has now given the VF to another. Throws {@link Failure} of kind CONFLICT.
   */
  static Optional<Claim> reserveAgain(PciAddress vf, Claim claim, ResourceName name) {
    if (!claim.grant().resource().equals(name.toString())) {
      throw conflict(vf, "is taken as " + claim.grant().resource());
    }
    if (claim.hold().present()) {
      throw conflict(vf, "still serves connection " + claim.hold().connection());
    }
    return Optional.of(claim).filter(known -> !known.use().seen());
  }

  /** A grant that ends: free at once, unless a connection has changed the VF. */
  static Optional<Claim> ended(Claim claim, String reason) {
    if (!claim.hold().present()) {
      return Optional.empty();
    }
    return Optional.of(claim.draining().isEmpty() ? claim.drainingBecause(reason) : claim);
  }

  /** The kubelet lists the VF. Another name than the granted one changes nothing. */
  static Claim listed(Claim claim, Listed there) {
    boolean ours = claim.grant().resource().equals(there.resource());
    return ours ? claim.with(there.use()) : claim;
  }

  /**
   * The kubelet does not list the VF. Its grant ends when that was so for as long as {@code grace}
   * and the container had been seen, or when nobody showed for {@code unseen}.
   */
  static Optional<Claim> missed(Claim claim, long nowMillis, Duration grace, Duration unseen) {
    Claim.Use use = claim.use();
    if (!use.seen()) {
      boolean old = nowMillis - claim.grant().sinceMillis() >= unseen.toMillis();
      return old && !claim.hold().present()
          ? ended(claim, "no container used it within " + unseen.toSeconds() + " s")
          : Optional.of(claim);
    }
    if (use.missingSinceMillis() == 0) {
      return Optional.of(claim.with(use.missingSince(nowMillis)));
    }
    return nowMillis - use.missingSinceMillis() >= grace.toMillis()
        ? ended(claim, "pod " + use.namespace() + "/" + use.pod() + " is gone")
        : Optional.of(claim);
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
    Hold current = claim.hold();
    if (current.step() == Hold.Step.RETURNING) {
      throw conflict(vf, "is on its way home from connection " + current.connection());
    }
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
