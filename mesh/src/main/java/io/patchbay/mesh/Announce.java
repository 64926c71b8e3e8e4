package io.patchbay.mesh;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.ConnectionEventType;
import io.patchbay.api.connection.MonitorConnectionGrpc.MonitorConnectionImplBase;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.State;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Outbox;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Tells whoever watches which connections there are at this hop, under this hop's own ids
 * (contracts/nsm.md facts 10 and 11): all that match at once, even if there are none, and then each
 * change. A watcher that does not keep up loses its stream and comes back for a new picture.
 */
public final class Announce implements Link {
  private static final Key<Connection> ANNOUNCED = Key.soft("announced");
  private static final int OUTBOX = 1024;

  /** More streams of one identity are refused: clients and neighbouring hops watch once each. */
  private static final int STREAMS_MAX = 1000;

  /** Somebody who watches, and which connections it is told of. */
  private record Watcher(AuthorizeWatch.View view, Outbox<ConnectionEvent> outbox) {}

  private final int streamsMax;
  private final Predicate<Connection> cut;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Map<String, Connection> connections = new HashMap<>();

  @GuardedBy("lock")
  private final Set<Watcher> watchers = new HashSet<>();

  public Announce() {
    this(STREAMS_MAX);
  }

  /**
   * Of a hop where paths end and that comes to know of them by itself.
   *
   * @param cut whether a connection stands and carries nothing: it is told as DOWN for as long,
   *     whatever is agreed meanwhile, and once. Must be quick; on any thread
   */
  public Announce(Predicate<Connection> cut) {
    this(STREAMS_MAX, cut);
  }

  Announce(int streamsMax) {
    this(streamsMax, connection -> false);
  }

  Announce(int streamsMax, Predicate<Connection> cut) {
    this.streamsMax = streamsMax;
    this.cut = cut;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    announce(call.session(), answer);
    return answer;
  }

  @Override
  public void restore(Session session) {
    if (session.agreed()) {
      announce(session, session.connection());
    }
  }

  private void announce(Session session, Connection connection) {
    session.replace(ANNOUNCED, connection, this::withdraw);
    synchronized (lock) {
      Connection now = asItIs(connection);
      Connection known = connections.put(now.getId(), now);
      boolean news = known == null || now.getState() != State.DOWN || !same(known, now);
      if (news) { // who hears DOWN asks anew: a refresh of what is down must not call for the next
        tell(ConnectionEventType.UPDATE, now);
      }
    }
  }

  private Connection asItIs(Connection agreed) {
    return cut.test(agreed) ? agreed.toBuilder().setState(State.DOWN).build() : agreed;
  }

  /** What is cut may be so no more, and the other way round: tells what has changed. */
  public void review() {
    synchronized (lock) {
      for (Connection known : List.copyOf(connections.values())) {
        Connection now = asItIs(known.toBuilder().setState(State.UP).build());
        if (now.getState() != known.getState()) {
          connections.put(now.getId(), now);
          tell(ConnectionEventType.UPDATE, now);
        }
      }
    }
  }

  private void withdraw(Connection connection) {
    synchronized (lock) {
      connections.remove(connection.getId());
      tell(ConnectionEventType.DELETE, connection.toBuilder().setState(State.DOWN).build());
    }
  }

  /**
   * What a hop further on says of one of our connections, as {@link Follow} hears it: told on when
   * it is news. Tokens alone are none: those come with every refresh, which passes here anyway.
   */
  public void relay(Connection changed, boolean gone) {
    synchronized (lock) {
      Connection known = connections.get(changed.getId());
      if (known != null && !same(known, changed)) {
        connections.put(changed.getId(), changed);
        tell(ConnectionEventType.UPDATE, changed);
      }
    }
  }

  private static boolean same(Connection known, Connection changed) {
    return known.getState() == changed.getState()
        && known.getContext().equals(changed.getContext())
        && hops(known).equals(hops(changed));
  }

  private static List<String> hops(Connection connection) {
    return connection.getPath().getPathSegmentsList().stream()
        .map(segment -> segment.getName() + "/" + segment.getId())
        .toList();
  }

  @GuardedBy("lock")
  private void tell(ConnectionEventType type, Connection connection) {
    ConnectionEvent event =
        ConnectionEvent.newBuilder()
            .setType(type)
            .putConnections(connection.getId(), connection)
            .build();
    for (Watcher watcher : List.copyOf(watchers)) { // one that overflows leaves meanwhile
      if (watcher.view().sees().test(connection)) {
        var unused = watcher.outbox().offer(event);
      }
    }
  }

  /** The ids of what a watcher of everything sees now. */
  Set<String> announced() {
    synchronized (lock) {
      return Set.copyOf(connections.keySet());
    }
  }

  /**
   * The gRPC service that watchers call.
   *
   * @param authorize who may watch what
   */
  public MonitorConnectionImplBase service(AuthorizeWatch authorize) {
    return new MonitorConnectionImplBase() {
      @Override
      public void monitorConnections(
          MonitorScopeSelector selector, StreamObserver<ConnectionEvent> observer) {
        watch(
            authorize.admit(selector, present()),
            (ServerCallStreamObserver<ConnectionEvent>) observer);
      }
    };
  }

  private List<Connection> present() {
    synchronized (lock) {
      return List.copyOf(connections.values());
    }
  }

  private void watch(AuthorizeWatch.View view, ServerCallStreamObserver<ConnectionEvent> observer) {
    Watcher watcher = new Watcher(view, new Outbox<>(observer, OUTBOX));
    watcher.outbox().onEnd(() -> leave(watcher));
    synchronized (lock) {
      long open = watchers.stream().filter(each -> each.view().who().equals(view.who())).count();
      if (open >= streamsMax) {
        throw new Failure(
            Failure.Kind.EXHAUSTED,
            "'" + view.who() + "' watches this hop by " + open + " streams already");
      }
      ConnectionEvent.Builder first =
          ConnectionEvent.newBuilder().setType(ConnectionEventType.INITIAL_STATE_TRANSFER);
      connections.values().stream()
          .filter(view.sees())
          .forEach(connection -> first.putConnections(connection.getId(), connection));
      if (watcher.outbox().offer(first.build())) {
        watchers.add(watcher);
      }
    }
  }

  private void leave(Watcher watcher) {
    synchronized (lock) {
      watchers.remove(watcher);
    }
  }
}
