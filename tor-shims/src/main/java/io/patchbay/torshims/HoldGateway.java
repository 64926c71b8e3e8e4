package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;

/**
 * Counts the session among those for whom the service's gateway ports carry its VLAN. Nothing of it
 * has to be written down before it is done: what a port was before is, and a gateway port that
 * nobody claims after a restart goes back to it.
 */
final class HoldGateway implements Link {
  /** Which service a session is counted for. */
  record Joined(String service, int vlan) {}

  private static final Key<Joined> GATEWAY = Key.durable("gateway", Joined.class);

  private final FabricServices fabric;
  private final Gateways gateways;
  private final GatewayLinks links;
  private final Time time;

  HoldGateway(FabricServices fabric, Gateways gateways, GatewayLinks links, Time time) {
    this.fabric = fabric;
    this.gateways = gateways;
    this.links = links;
    this.time = time;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Session session = call.session();
    if (session.id().indexOf(' ') >= 0) {
      throw new Failure(
          Failure.Kind.INVALID,
          "connection id '" + session.id() + "': ids with a space are the shim's own");
    }
    String service = fabric.find(call.connection().getNetworkService()).name();
    Joined joins = new Joined(service, Plug.vlan(call.connection()));
    session
        .held(GATEWAY)
        .filter(other -> !other.equals(joins))
        .ifPresent(other -> {
          throw new Failure(
              Failure.Kind.CONFLICT,
              "the connection is on %s, VLAN %d, and asks for %s, VLAN %d; close it first"
                  .formatted(other.service(), other.vlan(), joins.service(), joins.vlan()));
        });
    if (session.held(GATEWAY).isEmpty()) {
      links.require(service); // so that another endpoint is tried
    }
    session.note(GATEWAY, joins, left -> leave(session, left));
    gateways.join(session.id(), service, joins.vlan(), call.deadline());
    return next.request(call);
  }

  private void leave(Session session, Joined left) {
    gateways.leave(session.id(), left.service(), left.vlan());
  }

  @Override
  public void restore(Session session) {
    session
        .adopt(GATEWAY, left -> leave(session, left))
        .ifPresent(
            joined -> gateways.restore(session.id(), joined.service(), joined.vlan(), time.now()));
  }
}
