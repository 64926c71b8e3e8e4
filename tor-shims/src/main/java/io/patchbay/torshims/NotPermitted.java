package io.patchbay.torshims;

/**
 * The switch has let the shim's user in, and does not allow it what it asked: to be mended in the
 * switch's rules of access, not on the way to it.
 */
public final class NotPermitted extends Hindrance {
  private static final long serialVersionUID = 1L;

  /**
   * @param refusal in the switch's words
   */
  public NotPermitted(String refusal) {
    super(refusal);
  }

  /** Whether a failure goes back to that. */
  public static boolean isBehind(Throwable failure) {
    return isBehind(failure, NotPermitted.class);
  }
}
