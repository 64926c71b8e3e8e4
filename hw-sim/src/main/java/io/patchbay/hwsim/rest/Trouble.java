package io.patchbay.hwsim.rest;

/** What is wrong with how a controller takes a change. */
public enum Trouble {
  /** Nothing. */
  NONE,
  /** The change is made, and refused in words. */
  REFUSAL_AFTER_APPLYING,
  /** The change is made, and the answer is an internal error. */
  ERROR_AFTER_APPLYING,
  /** It says that the change is committed, and has not made it. */
  SUCCESS_WITHOUT_APPLYING,
  /** It says that the change is committed, and has made that of the first port alone. */
  HALF,
  /** It hangs up and has done nothing. */
  SILENCE,
  /** It hangs up when it has made the change. */
  SILENCE_AFTER_APPLYING,
  /** It hangs up when it has made the change, and forgets that. */
  OBLIVION_AFTER_APPLYING,
  /** It hangs up, and makes the change before the next one that it takes without trouble. */
  LATE,
  /** It refuses the change. */
  REFUSAL,
  /** It is asked too often. */
  BUSY,
  /** It does not reach the switch. */
  UNREACHABLE
}
