package io.patchbay.torshims.snmp;

import java.util.Optional;

/**
 * Whether a SET that nobody has answered can still come: not once the serial number is another than
 * it was sent with. What a predecessor of this process has sent, nobody knows; so the first number
 * that is seen counts as one. Used by one thread.
 */
final class SerialFence {
  private Optional<Integer> open = Optional.empty();
  private boolean known;

  /** The number is this now. */
  void seen(int serial) {
    if (!known) {
      open = Optional.of(serial);
      known = true;
    }
  }

  /** A SET with that number was sent, and not answered. */
  void unanswered(int serial) {
    open = Optional.of(serial);
  }

  /** Whether nothing that was sent earlier can be made any more, now that the number is this. */
  boolean holds(int serial) {
    return known && !open.equals(Optional.of(serial));
  }
}
