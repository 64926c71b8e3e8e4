package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import java.time.Instant;
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

  /** Whether its cable leads to a switch. */
  boolean isAt(String switchName) {
    return cable.ends().stream().anyMatch(end -> end.switchName().equals(switchName));
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
