package io.patchbay.linux;

import io.patchbay.base.Failure;

/** Transmit rates of a virtual function in Mbit/s; 0 means no limit. */
public record VfRates(int min, int max) {
  /** No limits. */
  public static final VfRates NONE = new VfRates(0, 0);

  public VfRates {
    if (min < 0 || max < 0 || (max != 0 && min > max)) {
      throw new Failure(
          Failure.Kind.INVALID, "rates of " + min + " to " + max + " Mbit/s: min exceeds max");
    }
  }
}
