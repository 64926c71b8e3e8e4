package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.VlanParameters;
import java.util.stream.IntStream;

/** The end of the shim's chain: names the endpoint, the payload and the MTU. Holds nothing. */
final class Answer implements Link {
  private final String name;
  private final FabricServices fabric;

  /**
   * @param name the endpoint's, as it is registered
   */
  Answer(String name, FabricServices fabric) {
    this.name = name;
    this.fabric = fabric;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection connection = call.connection();
    FabricService service = fabric.find(connection.getNetworkService());
    return Paths.end(connection).toBuilder()
        .setNetworkServiceEndpointName(name)
        .setPayload(service.payload())
        .setContext(connection.getContext().toBuilder().setMTU(mtu(connection, service)))
        .build();
  }

  /** The smallest that anybody on the way can carry; 0 when nobody says. */
  private static int mtu(Connection connection, FabricService service) {
    return IntStream.of(
            service.mtu(), connection.getContext().getMTU(), mtu(connection.getMechanism()))
        .filter(mtu -> mtu > 0)
        .min()
        .orElse(0);
  }

  private static int mtu(Mechanism mechanism) {
    return VlanParameters.of(mechanism)
        .flatMap(VlanParameters::function)
        .map(VlanParameters.Function::mtu)
        .orElse(0);
  }
}
