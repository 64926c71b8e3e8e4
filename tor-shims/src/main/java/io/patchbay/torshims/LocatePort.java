package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.VlanParameters;
import java.util.List;
import java.util.Optional;

/**
 * Finds the switch port at the other end of the cable of the VF that asks, or both where that is an
 * MLAG pair, and writes it into the mechanism, under our own keys {@code switch} and {@code port},
 * {@code pair-switch} and {@code pair-port}. Accepts only VLAN mechanisms that say which VF it is,
 * and only services that can be had at that switch.
 */
final class LocatePort implements Link {
  private final FabricServices fabric;
  private final Cables cables;

  LocatePort(FabricServices fabric, Cables cables) {
    this.fabric = fabric;
    this.cables = cables;
  }

  @Override
  public Connection request(Call call, Handler next) {
    FabricService service = fabric.find(call.connection().getNetworkService());
    Mechanism asked = mechanism(call);
    Optional<VlanParameters> parameters = VlanParameters.of(asked);
    VlanParameters.Function vf =
        parameters
            .flatMap(VlanParameters::function)
            .orElseThrow(() ->
                new Failure(
                    Failure.Kind.INVALID,
                    "the VLAN mechanism names no 'node' and 'pfMac': which VF asks?"));
    if (parameters.flatMap(VlanParameters::vlanId).isEmpty()) { // who has its VLAN keeps it
      service.requireRate(vf.capability());
    }
    Cable cable = cables.find(vf.node(), Cable.mac(vf.pfMac()));
    for (Cable end : cable.ends()) {
      if (!service.isAt(end.switchName())) {
        throw new Failure(
            Failure.Kind.NOT_FOUND,
            "service %s is not at switch %s, where node %s has %s, only at %s"
                .formatted(
                    service.name(), end.switchName(), vf.node(), end.pfMac(), service.switches()));
      }
    }
    Mechanism located = Plug.rated(Plug.located(asked, cable), service, vf.capability());
    return next.request(call.edit(connection -> connection.setMechanism(located)));
  }

  /** The mechanism agreed before, or the first that fits of those the caller would accept. */
  private static Mechanism mechanism(Call call) {
    List<Mechanism> offered =
        call.connection().hasMechanism()
            ? List.of(call.connection().getMechanism())
            : call.preferences();
    Optional<Mechanism> vlan =
        offered.stream().filter(offer -> VlanParameters.of(offer).isPresent()).findFirst();
    return vlan.orElseThrow(() ->
        new Failure(
            Failure.Kind.UNSUPPORTED,
            "unsupported mechanism: this endpoint has REMOTE/VLAN only, asked was for "
                + offered.stream().map(Mechanism::getType).toList()));
  }
}
