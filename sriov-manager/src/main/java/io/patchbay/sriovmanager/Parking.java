package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The VLANs of VFs that containers drive themselves, and could use at any time: while such a VF
 * serves nobody it is parked, while it serves a connection it stays on that one's VLAN. A reset of
 * its PF takes either from it. Safe for all threads.
 */
final class Parking {
  private static final Logger log = LoggerFactory.getLogger(Parking.class);

  private final Ledger ledger;
  private final Hardware hardware;

  Parking(Ledger ledger, Hardware hardware) {
    this.ledger = ledger;
    this.hardware = hardware;
  }

  /**
   * Parks a VF of ours unless it serves a connection.
   *
   * @return the same, with its problem if that failed
   */
  Inventory.Virtual park(Inventory.Virtual vf) {
    if (!vf.driver().equals(Vfio.DRIVER)) {
      return vf;
    }
    try {
      return ledger.whileStill(
          vf.address(),
          claim -> {
            if (!claim.map(Claim::hold).orElse(Hold.NONE).present()) {
              hardware.park(vf.address());
            }
            return vf;
          });
    } catch (RuntimeException e) {
      log.error("{} could reach any service of its port: {}", vf.address(), Failure.text(e));
      return vf.with("could reach any service of its port: " + Failure.text(e));
    }
  }

  /** Whether a VF is in the service of a connection and not on the VLAN of that any more. */
  boolean astray(PciAddress vf) {
    return isAstray(vf, ledger.find(vf)) // its turn is for those who change something
        && ledger.whileStill(vf, claim -> isAstray(vf, claim));
  }

  private boolean isAstray(PciAddress vf, Optional<Claim> claim) {
    Hold hold = claim.map(Claim::hold).orElse(Hold.NONE);
    OptionalInt now = hold.settled() ? hardware.vlan(vf) : OptionalInt.empty();
    return now.isPresent() && hold.isElsewhere(now.getAsInt());
  }
}
