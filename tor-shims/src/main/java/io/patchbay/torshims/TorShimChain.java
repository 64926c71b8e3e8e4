package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Time;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Expire;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.policy.Policies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The shim's chain, which is its whole flow: from a VF that asks to a port that carries it. */
final class TorShimChain {
  /** How long a connection lives at least after a restart: a refresh may have been missed. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private TorShimChain() {}

  /**
   * What the shim knows and does of the physical network.
   *
   * @param speakers whom it believes what is where
   * @param writers by the name of their switch; not started yet, for sessions are restored first
   */
  record Plant(
      FabricServices fabric,
      Cables cables,
      Segments segments,
      Addresses addresses,
      Map<String, SwitchWriter> writers,
      CheckNode speakers) {
    Plant {
      writers = Map.copyOf(writers);
    }

    /**
     * Whether a connection has a port, or both where it has two, without the link it had, or its
     * service all gateway ports.
     */
    boolean isCut(Connection connection) {
      List<PortClaim> claims = Plug.claims(connection);
      return !claims.isEmpty() && claims.stream().allMatch(this::isFailed)
          || gatewayLinks().areCut(connection.getNetworkService());
    }

    private GatewayLinks gatewayLinks() {
      return new GatewayLinks(fabric, writers);
    }

    private boolean isFailed(PortClaim claim) {
      return Optional.ofNullable(writers.get(claim.switchName()))
          .filter(writer -> writer.links().isFailed(claim.port()))
          .isPresent();
    }
  }

  /**
   * Builds the chain, and takes up what an earlier process left in the sessions.
   *
   * @param name the endpoint's, as it is registered
   * @param policies what whoever asks must satisfy
   */
  static Chain of(
      String name,
      Policies policies,
      Plant plant,
      Sessions sessions,
      Announce announce,
      Time time) {
    List<Link> links = new ArrayList<>();
    links.add(new Authorize(policies));
    links.addAll(admitted(name, plant, sessions, announce, time));
    return Chain.of(links);
  }

  /** What is behind the door. */
  static List<Link> admitted(
      String name, Plant plant, Sessions sessions, Announce announce, Time time) {
    return List.of(
        sessions,
        new Expire(time, GRACE),
        announce,
        plant.speakers(),
        new LocatePort(plant.fabric(), plant.cables()),
        new HoldSegment(plant.fabric(), plant.segments(), time),
        new HoldAddress(plant.fabric(), plant.addresses()),
        new HoldGateway(
            plant.fabric(),
            new Gateways(plant.fabric(), plant.writers(), time),
            plant.gatewayLinks(),
            time),
        new HoldPort(plant.writers(), time),
        new Answer(name, plant.fabric()));
  }
}
