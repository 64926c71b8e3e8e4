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
import io.patchbay.mesh.NextHops.Door;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what the next hop says of each connection that this hop has there, and passes it on under
 * this hop's own id and index (contracts/nsm.md 6.3). There is one stream for each next hop,
 * however many connections lead there: it asks for all whose path has a segment of our name. A
 * stream that breaks, and a next hop that no longer knows a connection, mean that it is down; one
 * that cannot be reached yet after a restart of this hop only when that lasts.
 */
public final class Follow implements Link {
  private static final Logger log = LoggerFactory.getLogger(Follow.class);
  private static final Key<Url> FOLLOWED = Key.soft("followed");
  private static final Door CLOSED = new Door(new Url("unix", "/"), () -> {});
  private static final Backoff REOPEN = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

  /** After so many attempts, some 8 s, a next hop that has not been registered again is lost. */
  private static final int ATTEMPTS_TO_REACH = 6;

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
    follow(call.session(), answer, Stream::open);
    return answer;
  }

  @Override
  public void restore(Session session) {
    if (session.agreed()) {
      // The way there may have to be asked for, which no restart is to wait for.
      follow(
          session,
          session.connection(),
          stream -> {
            var unused = time.schedule(Duration.ZERO, stream::open);
          });
    }
  }

  private void follow(Session session, Connection connection, Consumer<Stream> begin) {
    Optional<Url> hop = Dial.hopAhead(session);
    if (session.held(FOLLOWED).filter(followed -> !Optional.of(followed).equals(hop)).isPresent()) {
      session.release(FOLLOWED);
    }
    hop.ifPresent(url -> {
      session.hold(FOLLOWED, () -> url, followed -> leave(followed, session.id()));
      join(url, session.id(), connection).ifPresent(begin);
    });
  }

  /** A stream that is yet to be opened, if there is none to that hop. */
  private synchronized Optional<Stream> join(Url hop, String id, Connection connection) {
    Stream open = streams.get(hop);
    if (open != null) {
      open.ids.add(id);
      return Optional.empty();
    }
    Stream fresh = new Stream(hop, connection, Set.of(id));
    streams.put(hop, fresh);
    return Optional.of(fresh);
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

    /** One of those that are followed: by which the way to the hop may be found. */
    private final Connection first;

    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicBoolean toldDown = new AtomicBoolean();
    private final AtomicReference<Door> door = new AtomicReference<>(CLOSED);

    /** Guarded by the link. */
    private final Set<String> ids;

    private volatile Context.CancellableContext call = Context.ROOT.withCancellation();

    Stream(Url hop, Connection first, Set<String> ids) {
      this.hop = hop;
      this.first = first;
      this.ids = new HashSet<>(ids);
    }

    /** Outside of any call: it lasts longer than the request that it was opened for. */
    void open() {
      if (!isOpen(this)) {
        return;
      }
      Door way;
      try {
        way = dial.open(hop, first);
      } catch (Failure e) {
        lost(e, false);
        return;
      }
      door.set(way);
      call = Context.ROOT.withCancellation();
      String name = Paths.current(first).getName();
      MonitorScopeSelector selector =
          MonitorScopeSelector.newBuilder()
              .addPathSegments(PathSegment.newBuilder().setName(name))
              .build();
      call.run(() -> dial.monitor(way.url()).monitorConnections(selector, this));
      if (!isOpen(this)) {
        end(); // its last connection went meanwhile
      }
    }

    void end() {
      call.cancel(null);
      door.getAndSet(CLOSED).close();
    }

    @Override
    public void onNext(ConnectionEvent event) {
      failures.set(0);
      toldDown.set(false);
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
      lost(Statuses.toFailure("following the connections at " + hop, problem), true);
    }

    @Override
    public void onCompleted() {
      lost(new Failure(Failure.Kind.UNAVAILABLE, hop + " ended its stream of connections"), true);
    }

    private void lost(Failure cause, boolean broken) {
      if (call.isCancelled()) {
        return;
      }
      door.getAndSet(CLOSED).close();
      if (!isOpen(this)) {
        return;
      }
      if (cause.kind() == Failure.Kind.UNSUPPORTED || cause.kind() == Failure.Kind.DENIED) {
        log.warn("its connections are not followed: {}", Failure.text(cause));
        forget(this);
        return;
      }
      int number = failures.incrementAndGet();
      if ((broken || number >= ATTEMPTS_TO_REACH) && toldDown.compareAndSet(false, true)) {
        log.info("{}", Failure.text(cause));
        followed(this).forEach(id -> tellDown(id, false));
      }
      var unused = time.schedule(REOPEN.pause(number), this::open);
    }
  }
}
