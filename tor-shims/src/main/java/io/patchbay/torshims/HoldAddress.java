package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.api.connectioncontext.Route;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import java.util.List;

/**
 * Gives the client an address of the service's prefix for as long as the session lives: the one it
 * had before where it comes back with it. Fills the IP context: the client's address, the gateway
 * as the other end, the service's routes through it.
 */
final class HoldAddress implements Link {
  private static final Key<Given> GIVEN = Key.durable("address", Given.class);

  /** An address in the session's hands. */
  record Given(String address) {}

  private final FabricServices fabric;
  private final Addresses addresses;

  HoldAddress(FabricServices fabric, Addresses addresses) {
    this.fabric = fabric;
    this.addresses = addresses;
  }

  @Override
  public Connection request(Call call, Handler next) {
    FabricService service = fabric.find(call.connection().getNetworkService());
    IPContext asked = call.connection().getContext().getIpContext();
    Session session = call.session();
    Given given = session.held(GIVEN).orElseGet(() -> take(session, service, asked));
    IPContext filled = fill(asked, given.address(), service.addresses());
    return next.request(
        call.edit(connection ->
            connection.setContext(connection.getContext().toBuilder().setIpContext(filled))));
  }

  /** Written down with the port, which comes next: nobody hears of the address before. */
  private Given take(Session session, FabricService service, IPContext asked) {
    Given given =
        new Given(
            addresses.take(
                session.id(), service, asked.getSrcIpAddrsList(), asked.getExcludedPrefixesList()));
    session.note(GIVEN, given, held -> giveBack(session, held));
    return given;
  }

  private void giveBack(Session session, Given held) {
    addresses.giveBack(session.id(), held.address());
  }

  private static IPContext fill(IPContext asked, String address, Addressing addressing) {
    String length = "/" + addressing.parsedPrefix().length();
    List<Route> routes =
        addressing.routes().stream()
            .map(prefix ->
                Route.newBuilder().setPrefix(prefix).setNextHop(addressing.gateway()).build())
            .toList();
    return asked.toBuilder()
        .clearSrcIpAddrs()
        .addSrcIpAddrs(address + length)
        .clearDstIpAddrs()
        .addDstIpAddrs(addressing.gateway() + length)
        .clearSrcRoutes()
        .addAllSrcRoutes(routes)
        .build();
  }

  @Override
  public void restore(Session session) {
    session
        .adopt(GIVEN, held -> giveBack(session, held))
        .ifPresent(held -> addresses.adopt(session.id(), held.address()));
  }
}
