package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.VlanParameters;
import java.util.Optional;

/**
 * Writes the service's VLAN into the mechanism. The VLAN belongs to the service for good, so a
 * session has nothing of it to give back.
 */
final class HoldSegment implements Link {
  private final FabricServices fabric;
  private final Segments segments;

  HoldSegment(FabricServices fabric, Segments segments) {
    this.fabric = fabric;
    this.segments = segments;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Mechanism located = call.connection().getMechanism();
    Optional<Integer> had = VlanParameters.of(located).flatMap(VlanParameters::vlanId);
    int vlan = segments.vlan(fabric.find(call.connection().getNetworkService()), had);
    Mechanism tagged = Plug.tagged(located, vlan);
    return next.request(call.edit(connection -> connection.setMechanism(tagged)));
  }
}
