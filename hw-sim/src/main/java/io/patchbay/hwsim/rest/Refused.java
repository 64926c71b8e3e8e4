package io.patchbay.hwsim.rest;

/** A request that comes to nothing, and the problem it is answered with. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Answer answer;

  Refused(int status, String word, String detail) {
    super(detail);
    this.answer = Answer.problem(status, word, detail);
  }

  static Refused malformed(String detail) {
    return new Refused(400, "malformed", detail);
  }

  Answer answer() {
    return answer;
  }
}
