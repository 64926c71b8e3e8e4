package io.patchbay.torshims;

/**
 * Somebody else had what is needed to write, until whoever waited for it gave up. The refusal names
 * the holder where the switch does.
 */
public final class LockHeld extends Hindrance {
  private static final long serialVersionUID = 1L;

  /**
   * @param refusal in the switch's words
   */
  public LockHeld(String refusal) {
    super(refusal);
  }

  /** Whether a failure goes back to that. */
  static boolean isBehind(Throwable failure) {
    return isBehind(failure, LockHeld.class);
  }
}
