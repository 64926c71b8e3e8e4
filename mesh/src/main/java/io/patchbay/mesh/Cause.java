package io.patchbay.mesh;

/** Why a chain runs. */
public sealed interface Cause {
  /** Somebody asked: a client, or the previous hop. */
  record Asked() implements Cause {}

  /** The agreed connection is kept alive. */
  record Refresh() implements Cause {}

  /**
   * The connection is broken somewhere ahead.
   *
   * @param reselect whether the endpoint itself is to be chosen anew
   */
  record Heal(boolean reselect) implements Cause {}
}
