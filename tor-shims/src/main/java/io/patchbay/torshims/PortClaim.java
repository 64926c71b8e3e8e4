package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection's need: this VLAN on this port of this switch.
 *
 * @param wish what its service wants of the port besides: as the fabric file says now, so it is not
 *     written down with the rest
 */
public record PortClaim(String switchName, String port, int vlan, @JsonIgnore PortWish wish) {
  public PortClaim {
    Objects.requireNonNull(switchName);
    Objects.requireNonNull(port);
    PortConfig.checkVlan(vlan);
    wish = requireNonNullElse(wish, PortWish.NONE);
  }

  /** Nothing but the VLAN. */
  public PortClaim(String switchName, String port, int vlan) {
    this(switchName, port, vlan, PortWish.NONE);
  }

  /** The same, with what its service wants besides. */
  PortClaim wishing(PortWish its) {
    return new PortClaim(switchName, port, vlan, its);
  }

  /** Whether it is the same VLAN on the same port. */
  boolean isSameAs(@Nullable PortClaim other) {
    return other != null && wishing(PortWish.NONE).equals(other.wishing(PortWish.NONE));
  }

  @Override
  public String toString() {
    return "VLAN " + vlan + " on port " + port + " of " + switchName;
  }
}
