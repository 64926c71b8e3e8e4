package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A VF in the service of one connection: where it goes, how it was before, and how far its
 * configuration has come. Written to the ledger before the first change, so that whoever finds it
 * later knows what to undo.
 *
 * @param connection the connection's id at this hop
 * @param namespace the URL of the client's network namespace
 * @param interfaceName its name there, at most 15 characters
 * @param home what it is put back to
 * @param step the last step begun or finished
 */
record Hold(String connection, String namespace, String interfaceName, Home home, Step step) {
  /** Serves nobody. */
  static final Hold NONE = new Hold("", "", "", Home.UNKNOWN, Step.SAVED);

  /** How far it has come; each change is announced before it is made and confirmed after. */
  enum Step {
    SAVED,
    CONFIGURING,
    CONFIGURED,
    TAGGING,
    TAGGED,
    ATTACHING,
    ATTACHED,
    RETURNING
  }

  @JsonIgnore
  boolean present() {
    return !connection.isEmpty();
  }

  Hold at(Step next) {
    return new Hold(connection, namespace, interfaceName, home, next);
  }
}
