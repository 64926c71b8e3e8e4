package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Failure;
import org.jspecify.annotations.Nullable;

/**
 * A switch port behind which a service's gateway is, or more of its network: it carries the VLAN as
 * long as anybody is on the service, wherever in the fabric.
 *
 * @param lag whether the port is a LAG; false when not given
 */
public record GatewayPort(
    @JsonProperty("switch") String switchName, String port, @Nullable Boolean lag) {
  public GatewayPort {
    switchName = required("switch", switchName);
    port = Cable.plain("port", required("port", port));
    lag = requireNonNullElse(lag, false);
  }

  private static String required(String field, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new Failure(Failure.Kind.INVALID, "a gateway port without '" + field + "'");
    }
    return value;
  }

  boolean isAt(String name) {
    return switchName.equals(name);
  }

  boolean isLag() {
    return Boolean.TRUE.equals(lag);
  }

  @Override
  public String toString() {
    return port + " of switch " + switchName;
  }
}
