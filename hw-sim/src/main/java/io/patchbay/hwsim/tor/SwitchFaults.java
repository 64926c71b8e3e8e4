package io.patchbay.hwsim.tor;

import java.time.Duration;

/**
 * How a switch departs from one that is quick and sound.
 *
 * @param commitDelay how long a commit takes before it acts; tens of seconds on some real switches
 * @param validatesInVain whether the candidate's edits are lost once they have been validated, so
 *     that the commit that follows changes nothing and says ok; netconfd of yuma123 2.13 is like it
 * @param onlySamples whether it refuses to tell of changes by gNMI when they happen, and tells only
 *     every so often
 */
public record SwitchFaults(Duration commitDelay, boolean validatesInVain, boolean onlySamples) {
  /** Quick and sound. */
  public static final SwitchFaults NONE = new SwitchFaults(Duration.ZERO);

  /** Slow but sound. */
  public SwitchFaults(Duration commitDelay) {
    this(commitDelay, false, false);
  }

  /** One that loses what it has validated. */
  public SwitchFaults(Duration commitDelay, boolean validatesInVain) {
    this(commitDelay, validatesInVain, false);
  }
}
