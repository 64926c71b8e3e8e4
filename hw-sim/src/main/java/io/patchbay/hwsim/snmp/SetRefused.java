package io.patchbay.hwsim.snmp;

/** A SET that comes to nothing. */
final class SetRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int index;

  /**
   * @param status of SNMP (RFC 3416)
   * @param index of the variable that is to blame, from 0
   */
  SetRefused(int status, int index, String why) {
    super(why);
    this.status = status;
    this.index = index;
  }

  int status() {
    return status;
  }

  int index() {
    return index;
  }
}
