package io.patchbay.torshims;

/**
 * Why a switch could not be written to although it answers: somebody else had what is needed, until
 * whoever waited for it gave up. It is the cause of the failure that says so.
 */
public final class LockHeld extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param refusal in the switch's words; names the holder where the switch does
   */
  public LockHeld(String refusal) {
    super(refusal);
  }

  /** Whether a failure goes back to that. */
  static boolean isBehind(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof LockHeld) {
        return true;
      }
    }
    return false;
  }
}
