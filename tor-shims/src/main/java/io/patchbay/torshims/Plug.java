package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import java.util.List;

/** What the links of the shim's chain tell each other, as parameters of the VLAN mechanism. */
final class Plug {
  /** The names under which an end of the cable is told. */
  private record End(String switchName, String port) {}

  private static final List<End> PARAMETERS =
      List.of(new End("switch", "port"), new End("pair-switch", "pair-port"));

  private static final String VLAN_ID = "vlan-id";
  private static final String RATED_AS = "rated-as";

  private Plug() {}

  /** The mechanism with the ports at the end of a cable, whatever the caller wrote there. */
  static Mechanism located(Mechanism asked, Cable cable) {
    Mechanism.Builder located = asked.toBuilder().setCls("REMOTE");
    PARAMETERS.forEach(end -> {
      located.removeParameters(end.switchName());
      located.removeParameters(end.port());
    });
    List<Cable> ends = cable.ends();
    for (int i = 0; i < ends.size(); i++) {
      located.putParameters(PARAMETERS.get(i).switchName(), ends.get(i).switchName());
      located.putParameters(PARAMETERS.get(i).port(), ends.get(i).port());
    }
    return located.build();
  }

  /**
   * The mechanism with what the VF was asked for as, for a service that has rates by that: claims
   * of others do not tell, as shims of old cannot read those that do.
   */
  static Mechanism rated(Mechanism located, FabricService service, String capability) {
    boolean tells = !service.port().qos().capabilities().isEmpty() && !capability.isEmpty();
    Mechanism.Builder rated = located.toBuilder().removeParameters(RATED_AS);
    return (tells ? rated.putParameters(RATED_AS, capability) : rated).build();
  }

  /** The mechanism with the service's VLAN. */
  static Mechanism tagged(Mechanism located, int vlan) {
    return located.toBuilder().putParameters(VLAN_ID, Integer.toString(vlan)).build();
  }

  /** The VLAN of a connection's service. */
  static int vlan(Connection connection) {
    return Integer.parseInt(connection.getMechanism().getParametersOrThrow(VLAN_ID));
  }

  /** What such a connection needs: the same of each switch that its cable leads to. */
  static List<PortClaim> claims(Connection connection) {
    Mechanism mechanism = connection.getMechanism();
    int vlan = vlan(connection);
    return PARAMETERS.stream()
        .filter(end -> mechanism.containsParameters(end.switchName()))
        .map(end ->
            new PortClaim(
                mechanism.getParametersOrThrow(end.switchName()),
                mechanism.getParametersOrThrow(end.port()),
                vlan,
                mechanism.getParametersOrDefault(RATED_AS, ""),
                PortWish.NONE))
        .toList();
  }
}
