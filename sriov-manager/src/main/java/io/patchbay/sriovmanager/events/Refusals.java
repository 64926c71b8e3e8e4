package io.patchbay.sriovmanager.events;

/**
 * Where refusals are told besides to whoever asked. Telling returns at once and never throws: who
 * refuses has nothing to do with what becomes of it. Safe for all threads.
 */
@FunctionalInterface
public interface Refusals {
  /** Tells nobody. */
  Refusals NONE = refusal -> {};

  /** Tells it, unless there are too many. */
  void tell(Refusal refusal);
}
