package io.patchbay.hwsim.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a request is answered with.
 *
 * @param status of HTTP
 * @param etag empty for none
 */
record Answer(int status, String etag, JsonNode body) {
  private static final String TYPES = "urn:patchbay:switch-controller:";
  private static final int OK = 200;
  private static final int ACCEPTED = 202;

  static Answer ok(JsonNode body) {
    return new Answer(OK, "", body);
  }

  static Answer accepted(JsonNode body) {
    return new Answer(ACCEPTED, "", body);
  }

  boolean isProblem() {
    return status >= 400;
  }

  /**
   * A problem of RFC 9457.
   *
   * @param word the end of its type
   */
  static Answer problem(int status, String word, String detail) {
    ObjectNode body =
        JsonNodeFactory.instance
            .objectNode()
            .put("type", TYPES + word)
            .put("title", word.replace('-', ' '))
            .put("status", status)
            .put("detail", detail);
    return new Answer(status, "", body);
  }
}
