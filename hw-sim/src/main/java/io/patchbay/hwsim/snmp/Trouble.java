package io.patchbay.hwsim.snmp;

/** What is wrong with how an agent takes a SET. */
public enum Trouble {
  /** Nothing. */
  NONE,
  /** The request is lost. */
  REQUEST_LOST,
  /** It makes the change, and the answer is lost. */
  REPLY_LOST,
  /** It answers nothing, and makes the change when it is told to: the request was on its way. */
  LATE,
  /** It makes the change, and answers {@code genErr}. */
  ERROR_AFTER_APPLYING,
  /** It answers that all is well, and has done nothing but count the serial number. */
  SUCCESS_WITHOUT_APPLYING,
  /** It has done nothing, and says {@code commitFailed}. */
  COMMIT_FAILED,
  /** It has made the first half, and says {@code undoFailed}. */
  UNDO_FAILED,
  /** Somebody else takes the serial number just before. */
  SERIAL_TAKEN
}
