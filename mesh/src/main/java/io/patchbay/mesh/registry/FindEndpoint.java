package io.patchbay.mesh.registry;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads a connection to an endpoint: to the one that the connection names, else to those that the
 * service's matches allow, in turn, until one can be reached. A connection stays with its endpoint
 * until it names another.
 */
public final class FindEndpoint implements Link {
  private static final Logger log = LoggerFactory.getLogger(FindEndpoint.class);
  private static final Key<Chosen> KEY = Key.durable("endpoint", Chosen.class);

  /** The endpoint of a connection. */
  record Chosen(String name, String url) {
    static Chosen of(NetworkServiceEndpoint endpoint) {
      return new Chosen(endpoint.getName(), endpoint.getUrl());
    }
  }

  private final Registries registries;
  private final Rotation rotation = new Rotation();

  public FindEndpoint(Registries registries) {
    this.registries = registries;
  }

  @Override
  public Connection request(Call call, Handler next) {
    String named = call.connection().getNetworkServiceEndpointName();
    Session session = call.session();
    Optional<Chosen> chosen =
        session.held(KEY).filter(known -> named.isEmpty() || named.equals(known.name()));
    if (chosen.isPresent()) {
      return pass(call, chosen.get(), next);
    }
    List<Chosen> candidates =
        named.isEmpty() ? allowed(call.connection()) : List.of(exactly(named));
    return firstReachable(call, candidates, next);
  }

  private Connection firstReachable(Call call, List<Chosen> candidates, Handler next) {
    Optional<Failure> failure = Optional.empty();
    for (Chosen candidate : candidates) {
      try {
        Connection answer = pass(call, candidate, next);
        call.session().replace(KEY, candidate, gone -> {});
        return answer;
      } catch (Failure e) {
        if (e.kind() != Failure.Kind.UNAVAILABLE) {
          throw e;
        }
        log.info("{} cannot be reached: {}", candidate, Failure.text(e));
        failure.ifPresent(e::addSuppressed);
        failure = Optional.of(e);
      }
    }
    throw failure.orElseThrow(() -> new IllegalStateException("no candidates"));
  }

  private static Connection pass(Call call, Chosen endpoint, Handler next) {
    return next.request(
        call.edit(connection -> connection.setNetworkServiceEndpointName(endpoint.name()))
            .towards(Url.parse(endpoint.url())));
  }

  private Chosen exactly(String name) {
    return Kind.ENDPOINTS
        .find(registries.endpoints(), name)
        .map(Chosen::of)
        .orElseThrow(
            () -> new Failure(Failure.Kind.NOT_FOUND, "there is no endpoint '" + name + "'"));
  }

  private List<Chosen> allowed(Connection connection) {
    String name = connection.getNetworkService();
    NetworkService service =
        Kind.SERVICES
            .find(registries.services(), name)
            .orElseThrow(() ->
                new Failure(Failure.Kind.NOT_FOUND, "there is no network service '" + name + "'"));
    List<NetworkServiceEndpoint> all =
        registries
            .endpoints()
            .find(NetworkServiceEndpoint.newBuilder().addNetworkServiceNames(name).build());
    List<NetworkServiceEndpoint> fitting =
        Selection.endpoints(service, connection.getLabelsMap(), all);
    if (fitting.isEmpty()) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "network service '"
              + name
              + "' has no endpoint for this client: "
              + all.size()
              + " are registered, its matches allow none");
    }
    return rotation.order(name, fitting).stream().map(Chosen::of).toList();
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(KEY, gone -> {});
  }
}
