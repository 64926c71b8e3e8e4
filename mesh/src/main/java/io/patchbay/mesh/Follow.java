package io.patchbay.mesh;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.ConnectionEventType;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.api.connection.State;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what the next hop says of each connection that this hop has there, and passes it on under
 * this hop's own id and index (contracts/nsm.md 6.3). There is one stream for each next hop,
 * however many connections lead there: it asks for all whose path has a segment of our name. A
 * stream that breaks, and a next hop that no longer knows a connection, mean that it is down.
 */
public final class Follow implements Link {
  private static final Logger log = LoggerFactory.getLogger(Follow.class);
  private static final Key<Url> FOLLOWED = Key.soft("followed");
  private static final Backoff REOPEN = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

  /** What is told; called by one stream's thread at a time, it must not block. */
  @FunctionalInterface
  public interface News {
    /**
     * The next hop speaks of a connection.
     *
     * @param connection as it is now, under our id and index; with the state DOWN when it is lost
     * @param gone whether the next hop says that it has let go of the connection
     */
    void heard(Connection connection, boolean gone);
  }

  private final Sessions sessions;
  private final Dial dial;
  private final Time time;
  private final News news;

  @GuardedBy("this")
  private final Map<Url, Stream> streams = new HashMap<>();

  /**
   * @param sessions of the same chain
   * @param dial of the same chain
   */
  public Follow(Sessions sessions, Dial dial, Time time, News news) {
    this.sessions = sessions;
    this.dial = dial;
    this.time = time;
    this.news = news;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    follow(call.session(), answer);
    return answer;
  }

  @Override
  public void restore(Session session) {
    if (session.agreed()) {
      follow(session, session.connection());
    }
  }

  private void follow(Session session, Connection connection) {
    Optional<Url> hop = Dial.hopAhead(session);
    if (session.held(FOLLOWED).filter(followed -> !Optional.of(followed).equals(hop)).isPresent()) {
      session.release(FOLLOWED);
    }
    hop.ifPresent(url -> {
      session.hold(FOLLOWED, () -> url, followed -> leave(followed, session.id()));
      join(url, session.id(), Paths.current(connection).getName());
    });
  }

  private void join(Url hop, String id, String name) {
    Stream fresh;
    synchronized (this) {
      Stream open = streams.get(hop);
      if (open != null) {
        open.ids.add(id);
        return;
      }
      fresh = new Stream(hop, name, Set.of(id));
      streams.put(hop, fresh);
    }
    fresh.open();
  }

  private void leave(Url hop, String id) {
    Stream last;
    synchronized (this) {
      Stream open = streams.get(hop);
      if (open == null || !open.ids.remove(id) || !open.ids.isEmpty()) {
        return;
      }
      streams.remove(hop);
      last = open;
    }
    last.end();
  }

  /** Ends with its last connection, or when the next hop will never speak to us. */
  private synchronized boolean isOpen(Stream stream) {
    stream.ids.removeIf(id -> sessions.find(id).isEmpty());
    if (streams.get(stream.hop) == stream && stream.ids.isEmpty()) {
      streams.remove(stream.hop);
    }
    return streams.get(stream.hop) == stream;
  }

  private synchronized List<String> followed(Stream stream) {
    return List.copyOf(stream.ids);
  }

  private synchronized boolean follows(Stream stream, String id) {
    return stream.ids.contains(id);
  }

  private synchronized void forget(Stream stream) {
    streams.remove(stream.hop, stream);
  }

  private void tellDown(String id, boolean gone) {
    sessions
        .find(id)
        .map(Session::connection)
        .ifPresent(own -> news.heard(own.toBuilder().setState(State.DOWN).build(), gone));
  }

  /** The stream of one next hop. */
  private final class Stream implements StreamObserver<ConnectionEvent> {
    private final Url hop;
    private final String name;

    private final AtomicInteger failures = new AtomicInteger();

    /** Guarded by the link. */
    private final Set<String> ids;

    private volatile Context.CancellableContext call = Context.ROOT.withCancellation();

    Stream(Url hop, String name, Set<String> ids) {
      this.hop = hop;
      this.name = name;
      this.ids = new HashSet<>(ids);
    }

    /** Outside of any call: it lasts longer than the request that it was opened for. */
    void open() {
      if (!isOpen(this)) {
        return;
      }
      call = Context.ROOT.withCancellation();
      MonitorScopeSelector selector =
          MonitorScopeSelector.newBuilder()
              .addPathSegments(PathSegment.newBuilder().setName(name))
              .build();
      call.run(() -> dial.monitor(hop).monitorConnections(selector, this));
    }

    void end() {
      call.cancel(null);
    }

    @Override
    public void onNext(ConnectionEvent event) {
      failures.set(0);
      Set<String> heard = new HashSet<>();
      for (Connection ahead : event.getConnectionsMap().values()) {
        own(ahead)
            .ifPresent(id -> {
              heard.add(id);
              tell(id, ahead, event.getType() == ConnectionEventType.DELETE);
            });
      }
      if (event.getType() == ConnectionEventType.INITIAL_STATE_TRANSFER) {
        followed(this).stream().filter(id -> !heard.contains(id)).forEach(id -> tellDown(id, true));
      }
    }

    /** Our segment is the one before the next hop's, or itself if it speaks from our place. */
    private Optional<String> own(Connection ahead) {
      Path path = ahead.getPath();
      for (int i = path.getIndex(); i >= 0 && i >= path.getIndex() - 1; i--) {
        if (i < path.getPathSegmentsCount() && follows(this, path.getPathSegments(i).getId())) {
          return Optional.of(path.getPathSegments(i).getId());
        }
      }
      return Optional.empty();
    }

    private void tell(String id, Connection ahead, boolean gone) {
      if (gone) {
        tellDown(id, true);
        return;
      }
      Optional<Connection> own = sessions.find(id).map(Session::connection);
      own.ifPresent(mine ->
          news.heard(
              mine.toBuilder()
                  .setPath(ahead.getPath().toBuilder().setIndex(mine.getPath().getIndex()))
                  .setContext(ahead.getContext())
                  .setState(ahead.getState())
                  .build(),
              false));
    }

    @Override
    public void onError(Throwable problem) {
      lost(Statuses.toFailure("following the connections at " + hop, problem));
    }

    @Override
    public void onCompleted() {
      lost(new Failure(Failure.Kind.UNAVAILABLE, hop + " ended its stream of connections"));
    }

    private void lost(Failure cause) {
      if (call.isCancelled() || !isOpen(this)) {
        return;
      }
      if (cause.kind() == Failure.Kind.UNSUPPORTED || cause.kind() == Failure.Kind.DENIED) {
        log.warn("its connections are not followed: {}", Failure.text(cause));
        forget(this);
        return;
      }
      int number = failures.incrementAndGet();
      if (number == 1) {
        log.info("{}", Failure.text(cause));
        followed(this).forEach(id -> tellDown(id, false));
      }
      var unused = time.schedule(REOPEN.pause(number), this::open);
    }
  }
}
