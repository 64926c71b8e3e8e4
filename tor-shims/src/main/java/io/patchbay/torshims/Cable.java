package io.patchbay.torshims;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Failure;

/**
 * One cable: a physical function at one end, a switch port at the other.
 *
 * @param pfMac the physical function's own MAC address; written with colons, dashes, dots or none
 */
public record Cable(
    String node, String pfMac, @JsonProperty("switch") String switchName, String port) {
  public Cable {
    node = required("node", node);
    pfMac = mac(required("pfMac", pfMac));
    switchName = required("switch", switchName);
    port = required("port", port);
  }

  private static String required(String field, String value) {
    if (value == null || value.isBlank()) {
      throw new Failure(Failure.Kind.INVALID, "a cable without '" + field + "'");
    }
    return value;
  }

  /** A MAC address in lower case with colons. Throws {@link Failure} of kind INVALID. */
  static String mac(String text) {
    return MacText.normal(text)
        .orElseThrow(
            () -> new Failure(Failure.Kind.INVALID, "'" + text + "' is not a MAC address"));
  }
}
