package io.patchbay.sriovmanager;

import io.patchbay.linux.PciAddress;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link of one PF: whether it has carrier and has kept it for long enough, and whether its cable
 * is where it should be. Tells each change in the log. Safe for all threads.
 */
final class PfLink {
  private static final Logger log = LoggerFactory.getLogger(PfLink.class);

  /** Nothing is known yet. */
  static final State UNKNOWN = new State("", Optional.empty());

  private final PciAddress pf;
  private final Hardware hardware;
  private final Damping damping;
  private State last = UNKNOWN;

  PfLink(PciAddress pf, Hardware hardware, Damping damping) {
    this.pf = pf;
    this.hardware = hardware;
    this.damping = damping;
  }

  /**
   * What is known of it.
   *
   * @param fault what is wrong with it; empty when it can be relied on
   * @param misplaced why its cable is not where it should be
   */
  record State(String fault, Optional<String> misplaced) {}

  /**
   * Looks at it now. Throws {@link io.patchbay.base.Failure} when that is not possible.
   *
   * @param name of the PF's interface, for people
   */
  synchronized State look(String name) {
    Optional<String> misplaced = hardware.misplaced(pf);
    if (!misplaced.equals(last.misplaced)) {
      log.warn("{}: {}", pf, misplaced.orElse("nothing contradicts its cable any more"));
    }
    Hardware.Carrier carrier = hardware.carrier(pf);
    if (carrier != Hardware.Carrier.UNKNOWN) {
      damping.saw(carrier == Hardware.Carrier.PRESENT);
    }
    String fault = fault("PF " + name, carrier);
    if (!fault.equals(last.fault)) {
      log.warn("{}: {}", pf, fault.isEmpty() ? "the link can be relied on again" : fault);
    }
    last = new State(fault, misplaced);
    return last;
  }

  private String fault(String name, Hardware.Carrier carrier) {
    return switch (carrier) {
      case ABSENT -> name + " has no carrier";
      case OFF -> name + " is administratively down";
      case UNKNOWN -> "";
      case PRESENT ->
          damping.reliable()
              ? ""
              : name
                  + " has carrier again and must keep it for "
                  + damping.mustHold().toMillis()
                  + " ms";
    };
  }

  /** How soon a look may find it reliable again; a day when that is not to be waited for. */
  synchronized Duration untilReliable() {
    return damping.left();
  }
}
