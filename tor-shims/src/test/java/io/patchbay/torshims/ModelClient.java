package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A client of the fabric as it sees itself; it has one connection at a time, under one id. */
final class ModelClient {
  final String id;
  final Cable cable;
  String service = "";
  Optional<Connection> agreed = Optional.empty();
  Instant asked = Instant.MIN;
  Instant expires = Instant.MIN;

  /** Whether it is in the middle of asking or closing. */
  boolean busy;

  /** Whether it asks again in time, as clients do until they die. */
  boolean alive;

  ModelClient(String id, Cable cable) {
    this.id = id;
    this.cable = cable;
  }

  int vlan() {
    return agreed.map(Plug::claims).orElseThrow().getFirst().vlan();
  }

  /** Whether it needs anything of a switch: its cable leads there, or its service's gateway. */
  boolean concerns(String switchName) {
    return cable.ends().stream().anyMatch(end -> end.switchName().equals(switchName))
        || gateways().stream().anyMatch(gateway -> gateway.isAt(switchName));
  }

  /** Where the gateways of its service are. */
  List<GatewayPort> gateways() {
    return ModelFabric.FABRIC.services().stream()
        .filter(known -> known.name().equals(service))
        .flatMap(known -> known.gatewayPorts().stream())
        .toList();
  }

  /** Whether it has a connection by all it knows. */
  boolean connected(Instant now) {
    return agreed.isPresent() && now.isBefore(expires);
  }

  @Override
  public String toString() {
    return id + " " + service + " on " + cable.port() + " of " + cable.switchName();
  }
}
