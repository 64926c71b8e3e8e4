package io.patchbay.torshims;

/**
 * Why a switch that answers could not be written to or read. It is behind the {@link
 * io.patchbay.base.Failure} that a driver throws, for whom the kinds of failure are too few.
 */
public abstract sealed class Hindrance extends RuntimeException
    permits Disagreement, LockHeld, NotKept, NotPermitted, TooBusy {
  private static final long serialVersionUID = 1L;

  /**
   * @param refusal in the switch's words
   */
  Hindrance(String refusal) {
    super(refusal);
  }

  /** Whether a failure goes back to a hindrance of that kind. */
  static boolean isBehind(Throwable failure, Class<? extends Hindrance> kind) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (kind.isInstance(each)) {
        return true;
      }
    }
    return false;
  }
}
