package io.patchbay.torshims.lease;

import io.patchbay.base.Failure;
import java.util.Optional;

/**
 * Where a lease is kept in common. Each call ends within seconds. Throws {@link Failure}:
 * UNAVAILABLE when nobody knows whether it was done, else it was not. One thread at a time.
 */
interface LeaseStore extends AutoCloseable {
  /** What is there; empty if nothing is. */
  Optional<LeaseRecord> read();

  /**
   * Writes a lease, with the time of now as the time of its renewal, if what is there still has its
   * version; one without a version only if nothing is there. What is there then, with its new
   * version; empty where another one came first.
   */
  Optional<LeaseRecord> write(LeaseRecord lease);

  /** What is kept beside it; of use until this is closed. */
  IntentStore intents();

  @Override
  void close();
}
