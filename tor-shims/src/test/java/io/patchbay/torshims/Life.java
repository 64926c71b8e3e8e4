package io.patchbay.torshims;

/**
 * One life of a process, which can end at each boundary between two of its acts, as with {@code
 * kill -9}. Once it is over the process does nothing more, whatever its code still tries.
 */
final class Life {
  /** What a killed process's code sees. No handler of the product takes it for a refusal. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed", null, false, false);
    }
  }

  private int left = Integer.MAX_VALUE;
  private boolean over;

  /** Ends it at a later boundary; 0 is the next one. */
  synchronized void endAfter(int boundaries) {
    left = boundaries;
  }

  synchronized void end() {
    over = true;
  }

  synchronized boolean over() {
    return over;
  }

  /** A boundary. */
  synchronized void cross() {
    if (!over && left-- == 0) {
      over = true;
    }
    if (over) {
      throw new Killed();
    }
  }
}
