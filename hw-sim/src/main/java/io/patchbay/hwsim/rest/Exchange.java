package io.patchbay.hwsim.rest;

import java.util.List;
import java.util.Map;

/**
 * A request and its answer as they were on the wire.
 *
 * @param path with what stands before {@code /v1}
 * @param headers of the request, names in lower case
 * @param answerHeaders names in lower case
 */
public record Exchange(
    String method,
    String path,
    Map<String, List<String>> headers,
    String body,
    int status,
    Map<String, List<String>> answerHeaders,
    String answer) {
  public Exchange {
    headers = Map.copyOf(headers);
    answerHeaders = Map.copyOf(answerHeaders);
  }
}
