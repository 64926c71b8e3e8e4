package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;

/** What the links of the shim's chain tell each other, as parameters of the VLAN mechanism. */
final class Plug {
  private static final String SWITCH = "switch";
  private static final String PORT = "port";
  private static final String VLAN_ID = "vlan-id";

  private Plug() {}

  /** The mechanism with the port at the end of a cable, whatever the caller wrote there. */
  static Mechanism located(Mechanism asked, Cable cable) {
    return asked.toBuilder()
        .setCls("REMOTE")
        .putParameters(SWITCH, cable.switchName())
        .putParameters(PORT, cable.port())
        .build();
  }

  /** The mechanism with the service's VLAN. */
  static Mechanism tagged(Mechanism located, int vlan) {
    return located.toBuilder().putParameters(VLAN_ID, Integer.toString(vlan)).build();
  }

  /** What such a connection needs of its switch. */
  static PortClaim claim(Connection connection) {
    Mechanism mechanism = connection.getMechanism();
    return new PortClaim(
        mechanism.getParametersOrThrow(SWITCH),
        mechanism.getParametersOrThrow(PORT),
        Integer.parseInt(mechanism.getParametersOrThrow(VLAN_ID)));
  }
}
