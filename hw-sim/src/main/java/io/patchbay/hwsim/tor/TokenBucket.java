package io.patchbay.hwsim.tor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Time;

/** A policer at work: full at first, filled again at its rate. Safe for all threads. */
final class TokenBucket {
  private static final double BITS_OF_OCTET_BY_NANOS_OF_SECOND = 8e9;

  private final Rate rate;
  private final Time time;

  @GuardedBy("this")
  private double octets;

  @GuardedBy("this")
  private long filledNanos;

  TokenBucket(Rate rate, Time time) {
    this.rate = rate;
    this.time = time;
    this.octets = rate.burstOctets();
    this.filledNanos = time.nanos();
  }

  /** What it works by. */
  Rate rate() {
    return rate;
  }

  /** Whether a frame of that length may pass now; if so, it has taken its share. */
  synchronized boolean takes(int frameOctets) {
    long now = time.nanos();
    double earned = (double) (now - filledNanos) * rate.bits() / BITS_OF_OCTET_BY_NANOS_OF_SECOND;
    octets = Math.min(rate.burstOctets(), octets + earned);
    filledNanos = now;
    if (frameOctets > octets) {
      return false;
    }
    octets -= frameOctets;
    return true;
  }
}
