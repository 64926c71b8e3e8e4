package io.patchbay.torshims.lease;

import io.patchbay.base.Failure;
import java.util.Optional;

/**
 * Where a lease's holder keeps, in common with those after it, what the switches were before. Each
 * call ends within seconds. Throws {@link Failure}: UNAVAILABLE when nobody knows whether it was
 * done, else it was not. Safe for all threads.
 */
interface IntentStore {
  /** What is there; empty if nothing is. */
  Optional<IntentRecord> read(String place);

  /**
   * Writes a record, if what is there still has its version; one without a version only if nothing
   * is there. Durable when it returns: what is there then, with its new version; empty where it was
   * another one. Throws {@link Failure} of kind EXHAUSTED for what is too large.
   */
  Optional<IntentRecord> write(IntentRecord intents);
}
