package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection's need: this VLAN on this port of this switch.
 *
 * @param capability the resource that the VF was asked for as; empty when that is not known
 * @param wish what its service wants of the port besides: as the fabric file says now, so it is not
 *     written down with the rest
 */
public record PortClaim(
    String switchName,
    String port,
    int vlan,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String capability,
    @JsonIgnore PortWish wish) {
  public PortClaim {
    Objects.requireNonNull(switchName);
    Objects.requireNonNull(port);
    PortConfig.checkVlan(vlan);
    capability = requireNonNullElse(capability, ""); // claims of old do not tell
    wish = requireNonNullElse(wish, PortWish.NONE);
  }

  /** Nothing but the VLAN. */
  public PortClaim(String switchName, String port, int vlan) {
    this(switchName, port, vlan, "", PortWish.NONE);
  }

  /** The same, with what its service wants besides. */
  PortClaim wishing(PortWish its) {
    return new PortClaim(switchName, port, vlan, capability, its.of(capability));
  }

  /** Whether it is the same VLAN on the same port. */
  boolean isSameAs(@Nullable PortClaim other) {
    return other != null
        && switchName.equals(other.switchName)
        && port.equals(other.port)
        && vlan == other.vlan;
  }

  @Override
  public String toString() {
    return "VLAN " + vlan + " on port " + port + " of " + switchName;
  }
}
