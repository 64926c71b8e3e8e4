package io.patchbay.torshims.rest;

import java.util.Optional;

/**
 * How a change that was asked for is or went.
 *
 * @param problem why it was refused
 */
record Transaction(State state, Optional<Problem> problem) {
  /** The states of the contract. */
  enum State {
    PENDING,
    COMMITTED,
    REFUSED
  }

  /** One that the controller has not begun. */
  static Transaction refused(Problem problem) {
    return new Transaction(State.REFUSED, Optional.of(problem));
  }

  boolean pending() {
    return state == State.PENDING;
  }
}
