package io.patchbay.mesh.policy;

import java.util.Optional;

/** One rule that an access must satisfy. Safe for all threads; may block until a deadline. */
public interface Policy {
  /** What an operator knows it by: its file. */
  String name();

  /**
   * Why the access must not be; empty when nothing speaks against it. The text goes to the peer and
   * into logs: no token is in it.
   */
  Optional<String> objection(Access access);
}
