package io.patchbay.nsmgr;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registry;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets only services pass that exist, and says what they carry. A connection that was agreed once
 * is refreshed even while the registry is out of reach.
 */
final class FindService implements Link {
  private static final Logger log = LoggerFactory.getLogger(FindService.class);
  private static final Key<NetworkService> SERVICE = Key.soft("service");

  private final Registry<NetworkService> services;

  FindService(Registry<NetworkService> services) {
    this.services = services;
  }

  /** The service that a connection behind this link asks for. */
  static NetworkService found(Session session) {
    return session
        .held(SERVICE)
        .orElseThrow(() -> new IllegalStateException("no FindService link before this one"));
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection connection = call.connection();
    NetworkService service = find(connection.getNetworkService(), call.session());
    call.session().replace(SERVICE, service, forgotten -> {});
    if (connection.getPayload().isEmpty()) {
      return next.request(call.edit(edited -> edited.setPayload(service.getPayload())));
    }
    if (!service.getPayload().isEmpty() && !service.getPayload().equals(connection.getPayload())) {
      throw new Failure(
          Failure.Kind.INVALID,
          "network service '"
              + service.getName()
              + "' carries "
              + service.getPayload()
              + ", not "
              + connection.getPayload());
    }
    return next.request(call);
  }

  private NetworkService find(String name, Session session) {
    if (name.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "the connection names no network service");
    }
    try {
      return Kind.SERVICES
          .find(services, name)
          .orElseThrow(() ->
              new Failure(
                  Failure.Kind.NOT_FOUND, "no network service '" + name + "' is registered"));
    } catch (Failure e) {
      Optional<NetworkService> known =
          session.held(SERVICE).filter(service -> service.getName().equals(name));
      if (known.isEmpty() || e.kind() == Failure.Kind.NOT_FOUND) {
        throw e;
      }
      log.warn("{}: taking the service as it was: {}", session.id(), Failure.text(e));
      return known.get();
    }
  }
}
