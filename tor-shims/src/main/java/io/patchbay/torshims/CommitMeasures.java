package io.patchbay.torshims;

import io.prometheus.metrics.core.metrics.Histogram;

/** How long the commits of all switches took, and how much they carried. Safe for all threads. */
final class CommitMeasures {
  /** In seconds: from a switch that is simulated to one that takes its whole deadline. */
  private static final double[] SECONDS = {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

  /** Up to the largest group that a writer makes. */
  private static final double[] CHANGES = {1, 2, 4, 8, 16, 32, 64, 128, 512};

  private final Histogram seconds =
      Histogram.builder()
          .name("patchbay_switch_commit_seconds")
          .help("How long a transaction that changed something took, with its look at the result.")
          .labelNames("switch")
          .classicOnly()
          .classicUpperBounds(SECONDS)
          .build();
  private final Histogram changes =
      Histogram.builder()
          .name("patchbay_switch_commit_changes")
          .help("How many connections' changes a transaction carried; none is a repair.")
          .labelNames("switch")
          .classicOnly()
          .classicUpperBounds(CHANGES)
          .build();

  /** A transaction that changed something. */
  void committed(String switchName, int carried, long nanos) {
    seconds.labelValues(switchName).observe(nanos / 1e9);
    changes.labelValues(switchName).observe(carried);
  }

  Histogram seconds() {
    return seconds;
  }

  Histogram changes() {
    return changes;
  }
}
