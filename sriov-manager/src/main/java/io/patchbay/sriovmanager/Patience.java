package io.patchbay.sriovmanager;

import java.time.Duration;

/**
 * How long the ledger believes in a grant that the kubelet does not confirm.
 *
 * @param unseen for a container that never showed
 * @param missing for one that is no longer listed, between the first miss and the one that counts
 * @param empty the same when the kubelet lists nothing at all, as it may just after its start
 * @param held the same while the VF serves a connection: a pod that really ends takes its namespace
 *     with it, which is seen at once, so the list is only the last resort
 */
record Patience(Duration unseen, Duration missing, Duration empty, Duration held) {
  /** The kubelet is asked each second, so {@code missing} means two misses in a row. */
  static final Patience USUAL =
      new Patience(
          Duration.ofMinutes(2),
          Duration.ofMillis(800),
          Duration.ofSeconds(3),
          Duration.ofMinutes(1));
}
