package io.patchbay.nsmgr;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.Selection;
import io.patchbay.mesh.registry.Subscription;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection when its service changes so that its endpoint is no longer one for this
 * client: the client then asks anew (contracts/nsm.md 6.3). All connections to one service share
 * one watch of it.
 */
final class KeepMatching implements Link {
  private static final Logger log = LoggerFactory.getLogger(KeepMatching.class);
  private static final Key<String> WATCHED = Key.soft("service watch");

  private final Sessions sessions;
  private final Registries registries;
  private final Time time;

  @GuardedBy("this")
  private final Map<String, Watch> watches = new HashMap<>();

  /** The watch of one service; its fields are guarded by the link. */
  private static final class Watch {
    int connections;
    Optional<NetworkService> known = Optional.empty();
    Subscription subscription = () -> {};
    boolean ended;
  }

  /**
   * @param sessions of the same chain
   */
  KeepMatching(Sessions sessions, Registries registries, Time time) {
    this.sessions = sessions;
    this.registries = registries;
    this.time = time;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    watch(call.session(), answer.getNetworkService());
    return answer;
  }

  @Override
  public void restore(Session session) {
    if (session.agreed()) {
      watch(session, session.connection().getNetworkService());
    }
  }

  private void watch(Session session, String service) {
    if (session.held(WATCHED).filter(watched -> !watched.equals(service)).isPresent()) {
      session.release(WATCHED);
    }
    session.hold(
        WATCHED,
        () -> {
          begin(service);
          return service;
        },
        this::end);
  }

  /** A registry may answer at once and take a lock for it: it is called without ours. */
  private void begin(String service) {
    Watch fresh = new Watch();
    synchronized (this) {
      Watch open = watches.computeIfAbsent(service, name -> fresh);
      open.connections++;
      if (open != fresh) {
        return;
      }
    }
    Subscription subscription;
    try {
      subscription =
          registries
              .services()
              .watch(Kind.SERVICES.named(service), change -> heard(service, change));
    } catch (Failure e) {
      end(service);
      throw e;
    }
    synchronized (this) {
      fresh.subscription = subscription;
      if (!fresh.ended) {
        return;
      }
    }
    subscription.close();
  }

  private void end(String service) {
    Subscription last;
    synchronized (this) {
      Watch open = watches.get(service);
      if (open == null || --open.connections > 0) {
        return;
      }
      watches.remove(service);
      open.ended = true;
      last = open.subscription;
    }
    last.close();
  }

  /** A refresh of the service tells the same again; the first word of a watch may be news. */
  private void heard(String name, Change<NetworkService> change) {
    if (change instanceof Change.Present<NetworkService> present
        && present.entry().getName().equals(name)
        && isNews(name, present.entry())) {
      var unused = time.schedule(Duration.ZERO, () -> check(present.entry()));
    }
  }

  private synchronized boolean isNews(String name, NetworkService service) {
    Watch watch = watches.get(name);
    if (watch == null || watch.known.filter(service::equals).isPresent()) {
      return false;
    }
    watch.known = Optional.of(service);
    return true;
  }

  private void check(NetworkService service) {
    for (Session session : sessions.all()) {
      Connection connection = session.connection();
      if (session.agreed()
          && connection.getNetworkService().equals(service.getName())
          && isForAnother(service, connection)) {
        close(session, connection);
      }
    }
  }

  private boolean isForAnother(NetworkService service, Connection connection) {
    Optional<NetworkServiceEndpoint> endpoint;
    try {
      endpoint =
          Kind.ENDPOINTS.find(registries.endpoints(), connection.getNetworkServiceEndpointName());
    } catch (Failure e) {
      log.warn("{}: left as it is: {}", connection.getId(), Failure.text(e));
      return false;
    }
    return endpoint
        .filter(found ->
            Selection.endpoints(service, connection.getLabelsMap(), List.of(found)).isEmpty())
        .isPresent();
  }

  private static void close(Session session, Connection connection) {
    log.info(
        "{}: network service '{}' has changed, endpoint '{}' is for other clients now",
        session.id(),
        connection.getNetworkService(),
        connection.getNetworkServiceEndpointName());
    try {
      session.close();
    } catch (Failure e) {
      log.warn("{}: {}", session.id(), Failure.text(e));
    }
  }
}
