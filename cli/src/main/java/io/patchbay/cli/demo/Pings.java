package io.patchbay.cli.demo;

import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.Ping;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Pings from inside a pod. */
final class Pings {
  /** How many make a proof. */
  static final int COUNT = 20;

  private static final Duration APART = Duration.ofMillis(20);
  private static final Duration LAST = Duration.ofSeconds(2);
  private static final Duration NOBODY = Duration.ofMillis(300);

  private Pings() {}

  /** Twenty pings. */
  static Ping.Result twenty(NetworkNamespace from, String to) {
    return Ping.run(
        from, new Ping.Plan(Optional.empty(), IpPrefix.literal(to), COUNT, APART, LAST));
  }

  /** Whether anybody answers there at all. */
  static boolean answers(NetworkNamespace from, String to) {
    return Ping.run(from, new Ping.Plan(Optional.empty(), IpPrefix.literal(to), 3, APART, NOBODY))
            .received()
        > 0;
  }

  /** The median in milliseconds; 0 when nothing came back. */
  static double medianMillis(Ping.Result result) {
    List<Duration> sorted = result.roundTrips().stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2).toNanos() / 1_000_000.0;
  }
}
