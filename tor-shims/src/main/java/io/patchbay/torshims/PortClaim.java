package io.patchbay.torshims;

import java.util.Objects;

/** One connection's need: this VLAN on this port of this switch. */
public record PortClaim(String switchName, String port, int vlan) {
  public PortClaim {
    Objects.requireNonNull(switchName);
    Objects.requireNonNull(port);
    PortConfig.checkVlan(vlan);
  }

  @Override
  public String toString() {
    return "VLAN " + vlan + " on port " + port + " of " + switchName;
  }
}
