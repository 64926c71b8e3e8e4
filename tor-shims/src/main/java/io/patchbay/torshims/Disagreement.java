package io.patchbay.torshims;

/** The other switch of a pair would not have it: what this one was ready to make is not kept. */
public final class Disagreement extends Hindrance {
  private static final long serialVersionUID = 1L;

  /**
   * @param refusal in the other switch's words
   */
  Disagreement(String refusal) {
    super(refusal);
  }
}
