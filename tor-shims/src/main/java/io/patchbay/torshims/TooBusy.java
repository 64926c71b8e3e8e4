package io.patchbay.torshims;

/** The switch, or the controller that stands for it, is there and takes no more calls for now. */
public final class TooBusy extends Hindrance {
  private static final long serialVersionUID = 1L;

  /**
   * @param refusal in its words
   */
  public TooBusy(String refusal) {
    super(refusal);
  }
}
