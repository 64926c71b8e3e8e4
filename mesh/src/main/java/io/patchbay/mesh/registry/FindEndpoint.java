package io.patchbay.mesh.registry;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads a connection to an endpoint: to the one that the connection names, else to those that the
 * service's matches allow, in turn, until one agrees (contracts/nsm.md 6.2, step 3). A connection
 * stays with its endpoint, without asking the registry again, until it names another or the
 * endpoint is no longer there.
 */
public final class FindEndpoint implements Link {
  private static final Logger log = LoggerFactory.getLogger(FindEndpoint.class);
  private static final Key<Chosen> KEY = Key.durable("endpoint", Chosen.class);

  /**
   * The endpoint of a connection.
   *
   * @param payload the service's; empty when the service was not looked at
   * @param wanted whether the connection itself named it: then no other will do
   */
  record Chosen(String name, String url, String payload, boolean wanted) {
    Call lead(Call call) {
      return call.edit(connection ->
              (payload.isEmpty() ? connection : connection.setPayload(payload))
                  .setNetworkServiceEndpointName(name))
          .towards(Url.parse(url));
    }

    /**
     * The answer under the names that are known here: an endpoint of another domain has its own.
     */
    Connection named(Call call, Connection answer) {
      return answer.toBuilder()
          .setNetworkServiceEndpointName(name)
          .setNetworkService(call.connection().getNetworkService())
          .build();
    }
  }

  private final Registries registries;
  private final Time time;
  private final Rotation rotation = new Rotation();

  public FindEndpoint(Registries registries, Time time) {
    this.registries = registries;
    this.time = time;
  }

  @Override
  public Connection request(Call call, Handler next) {
    String named = call.connection().getNetworkServiceEndpointName();
    Optional<Chosen> known =
        call.session().held(KEY).filter(chosen -> named.isEmpty() || named.equals(chosen.name()));
    if (known.isEmpty()) {
      return firstOf(
          named.isEmpty() ? allowed(call.connection()) : List.of(wanted(named)), call, next);
    }
    if (call.cause() instanceof Cause.Heal heal && heal.reselect()) {
      return firstOf(instead(known.get(), call.connection()), call, next);
    }
    return stay(known.get(), call, next);
  }

  private Connection stay(Chosen known, Call call, Handler next) {
    try {
      return known.named(call, next.request(known.lead(call)));
    } catch (Failure e) {
      if (e.kind() != Failure.Kind.UNAVAILABLE) {
        throw e;
      }
      log.info("{}: looking anew: {}", call.session().id(), Failure.text(e));
      return firstOf(instead(known, call.connection()), call, next);
    }
  }

  private Connection firstOf(List<Chosen> candidates, Call call, Handler next) {
    Optional<Failure> last = Optional.empty();
    for (Chosen candidate : candidates) {
      if (last.isPresent() && !time.now().isBefore(call.deadline())) {
        break;
      }
      try {
        Connection answer = candidate.named(call, next.request(candidate.lead(call)));
        call.session().note(KEY, candidate, gone -> {});
        return answer;
      } catch (Failure e) {
        log.info("{}: endpoint '{}': {}", call.session().id(), candidate.name(), Failure.text(e));
        last = Optional.of(e);
      }
    }
    throw last.orElseThrow(() -> new IllegalStateException("no candidates"));
  }

  /** Whom to try in the place of one that may be gone: itself, elsewhere, or last. */
  private List<Chosen> instead(Chosen known, Connection connection) {
    return known.wanted()
        ? List.of(wanted(known.name()))
        : Rotation.preferring(
            candidate -> !candidate.url().equals(known.url()), allowed(connection));
  }

  private Chosen wanted(String name) {
    return Kind.ENDPOINTS
        .find(registries.endpoints(), name)
        .map(endpoint -> new Chosen(name, endpoint.getUrl(), "", true))
        .orElseThrow(() -> missing("no endpoint '" + name + "' is registered"));
  }

  private List<Chosen> allowed(Connection connection) {
    String name = connection.getNetworkService();
    NetworkService service =
        Kind.SERVICES
            .find(registries.services(), name)
            .orElseThrow(() -> missing("no network service '" + name + "' is registered"));
    List<NetworkServiceEndpoint> all = alive(name);
    if (all.isEmpty()) {
      throw missing("network service '" + name + "' has no endpoint");
    }
    List<NetworkServiceEndpoint> fitting =
        Selection.endpoints(service, connection.getLabelsMap(), all);
    if (fitting.isEmpty()) {
      throw missing(
          "network service '"
              + name
              + "' has no endpoint for a client with these labels; its "
              + "matches allow none of "
              + all.size());
    }
    return rotation.order(name, fitting).stream()
        .map(each -> new Chosen(each.getName(), each.getUrl(), service.getPayload(), false))
        .toList();
  }

  private List<NetworkServiceEndpoint> alive(String service) {
    Instant now = time.now();
    return registries
        .endpoints()
        .find(NetworkServiceEndpoint.newBuilder().addNetworkServiceNames(service).build())
        .stream()
        .filter(
            endpoint -> Kind.ENDPOINTS.expires(endpoint).filter(end -> !end.isAfter(now)).isEmpty())
        .toList();
  }

  private static Failure missing(String what) {
    return new Failure(Failure.Kind.NOT_FOUND, what);
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(KEY, gone -> {});
  }
}
