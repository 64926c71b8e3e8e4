package io.patchbay.torshims;

import io.patchbay.base.Failure;

/**
 * What a port was before could not be written down, so that nothing is said to the switch: who came
 * after this process could not put it back.
 */
public final class NotKept extends Hindrance {
  private static final long serialVersionUID = 1L;

  private NotKept(String refusal) {
    super(refusal);
  }

  /** The failure of a write, as one that says nothing of the switch. */
  static Failure because(Failure refusal) {
    String text = "cannot write down what is owned: " + Failure.text(refusal);
    return new Failure(refusal.kind(), text, new NotKept(text));
  }
}
