package io.patchbay.sriovmanager;

import io.patchbay.base.Time;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.function.Supplier;

/** How long reservations take, those that are refused apart. Thread-safe. */
final class GrantTimes {
  /** In seconds, around what is aimed at: 5 ms at the 99th percentile. */
  private static final double[] BOUNDS = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1, 5};

  private final Histogram seconds =
      Histogram.builder()
          .name("patchbay_grant_seconds")
          .help("How long the reservation of VFs for a container took, by its outcome.")
          .labelNames("outcome")
          .classicOnly()
          .classicUpperBounds(BOUNDS)
          .build();

  /** Does it, and notes how long that took, also when it throws. */
  <T> T of(Supplier<T> reservation) {
    Time time = Time.system();
    long begin = time.nanos();
    String outcome = "refused";
    try {
      T granted = reservation.get();
      outcome = "granted";
      return granted;
    } finally {
      seconds.labelValues(outcome).observe((time.nanos() - begin) / 1e9);
    }
  }

  Histogram seconds() {
    return seconds;
  }
}
