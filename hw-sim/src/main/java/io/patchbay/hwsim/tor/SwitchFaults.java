package io.patchbay.hwsim.tor;

import java.time.Duration;

/**
 * How a switch departs from one that is quick and sound.
 *
 * @param commitDelay how long a commit takes before it acts; tens of seconds on some real switches
 */
public record SwitchFaults(Duration commitDelay) {
  /** Quick and sound. */
  public static final SwitchFaults NONE = new SwitchFaults(Duration.ZERO);
}
