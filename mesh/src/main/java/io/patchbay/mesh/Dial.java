package io.patchbay.mesh;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorConnectionGrpc.MonitorConnectionStub;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Answerer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.Statuses;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last link of a hop that has another one ahead: asks there, and closes there when the session
 * ends. What was asked where is written down first, so that a successor of this process can close
 * it.
 */
public final class Dial implements Link {
  private static final Logger log = LoggerFactory.getLogger(Dial.class);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  /** How long a hop keeps at most what it was asked for and did not answer. */
  private static final Duration TOKEN_MAX = Duration.ofMinutes(10);

  private static final int PICTURE_BYTES_MAX = 64 << 20;
  private static final Key<Ahead> AHEAD = Key.durable("ahead", Ahead.class);
  private static final Key<X509Certificate> ANSWERER = Key.soft("answerer");
  private static final Key<Way> WAY = Key.soft("way");

  /** Keeps the next hop within reach while we have something there. */
  private record Way(Url target, NextHops.Door door) {}

  /**
   * What we have at the next hop.
   *
   * @param connection as last agreed there, or as last asked; protobuf bytes
   */
  record Ahead(String url, byte[] connection) {
    static Ahead of(Url url, Connection connection) {
      return new Ahead(url.toString(), connection.toByteArray());
    }

    Connection parsed() {
      try {
        return Connection.parseFrom(connection);
      } catch (InvalidProtocolBufferException e) {
        throw new Failure(Failure.Kind.INTERNAL, "the journal holds no connection", e);
      }
    }
  }

  private final Channels channels;
  private final TokenHeaders headers;
  private final Time time;
  private final NextHops hops;
  private final LateCloses late;

  public Dial(Channels channels, Tokens tokens, Time time) {
    this(channels, tokens, time, NextHops.AS_NAMED);
  }

  /**
   * @param hops how to reach those whose address is an inode
   */
  public Dial(Channels channels, Tokens tokens, Time time, NextHops hops) {
    this.channels = channels;
    this.headers = new TokenHeaders(tokens);
    this.time = time;
    this.hops = hops;
    this.late = new LateCloses(time);
  }

  /** The connection as the next hop last agreed to it, if there is one. */
  public static Optional<Connection> ahead(Session session) {
    return session.held(AHEAD).map(Ahead::parsed);
  }

  /** The next hop that has, or was asked for, this connection. */
  public static Optional<Url> hopAhead(Session session) {
    return session.held(AHEAD).map(ahead -> Url.parse(ahead.url()));
  }

  /** The certificate of the hop that answered last; empty if it has none. */
  public static Optional<X509Certificate> answerer(Session session) {
    return session.held(ANSWERER);
  }

  @Override
  public Connection request(Call call, Handler next) {
    Url target =
        call.target().orElseThrow(() -> new IllegalStateException("no link chose a next hop"));
    Session session = call.session();
    Optional<String> before = session.held(AHEAD).map(Ahead::url);
    if (before.filter(url -> !hops.now(Url.parse(url)).equals(target)).isPresent()) {
      leave(session);
      before = Optional.empty();
    }
    Url door = way(target, call);
    comeBack(call.connection(), target);
    if (before.isEmpty()) {
      session.hold(
          AHEAD, () -> Ahead.of(target, call.connection()), ahead -> close(session, ahead));
    }
    try {
      return ask(target, door, call);
    } catch (StatusRuntimeException e) {
      Failure failure = Statuses.toFailure("asking " + target, e);
      if (before.isEmpty()) {
        giveUp(session, failure);
      }
      throw failure;
    }
  }

  /** What has not heard of an earlier end of this connection must not hear of it now. */
  private void comeBack(Connection connection, Url target) {
    String there = Paths.idAhead(connection);
    late.awaited(there)
        .filter(hop -> hops.now(hop).equals(target))
        .ifPresent(hop -> late.forget(there));
  }

  /** Where the target is dialled, for as long as the session holds the way there. */
  private Url way(Url target, Call call) {
    Session session = call.session();
    if (session.held(WAY).filter(way -> !way.target().equals(target)).isPresent()) {
      session.release(WAY);
    }
    return session
        .hold(
            WAY,
            () -> new Way(target, hops.open(target, call.connection())),
            way -> way.door().close())
        .door()
        .url();
  }

  private Connection ask(Url target, Url door, Call call) {
    Session session = call.session();
    Optional<HeldFiles> held = session.held(HeldFiles.KEY);
    try (Beside beside = new Beside(held)) {
      NetworkServiceRequest request =
          NetworkServiceRequest.newBuilder()
              .setConnection(beside.out(call.connection()))
              .addAllMechanismPreferences(beside.out(call.preferences()))
              .build();
      Descriptors descriptors = beside.descriptors();
      Answerer answerer = new Answerer();
      Connection agreed =
          stub(door)
              .withInterceptors(answerer)
              .withCallCredentials(descriptors)
              .withDeadlineAfter(Math.max(1, left(call).toMillis()), TimeUnit.MILLISECONDS)
              .request(request);
      answerer
          .certificate()
          .ifPresentOrElse(
              shown -> session.replace(ANSWERER, shown, forgotten -> {}),
              () -> session.release(ANSWERER));
      Connection answer = beside.back(agreed);
      session.note(AHEAD, Ahead.of(target, answer), ahead -> close(session, ahead));
      held.ifPresent(files -> receive(agreed, beside, files, call));
      return answer;
    }
  }

  /**
   * An endpoint names its own namespace in the answer, and sends it along, as whoever names one
   * must; but for what we have just shown to it.
   */
  private void receive(Connection answer, Beside beside, HeldFiles files, Call call) {
    for (Identity file : InodeUrls.named(answer, List.of())) {
      if (!beside.named(file.toString()) || files.find(file).isEmpty()) {
        FdPort peer =
            beside
                .peer()
                .orElseThrow(() ->
                    Policies.denied(
                        "the answer names '"
                            + file
                            + "', and no descriptor of it can come by this connection"));
        files.receive(file, peer, left(call));
      }
    }
  }

  private Duration left(Call call) {
    return Duration.between(time.now(), call.deadline());
  }

  /** A hop that refused has let go of everything; one that did not answer may hold something. */
  private void giveUp(Session session, Failure failure) {
    switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT, INTERNAL -> leave(session);
      default -> {
        session.held(AHEAD).ifPresent(ahead -> session.note(AHEAD, ahead, refused -> {}));
        session.release(AHEAD);
      }
    }
  }

  /** A next hop that cannot be told expires the connection by itself: this hop goes on. */
  private static void leave(Session session) {
    try {
      session.release(AHEAD);
    } catch (Failure e) {
      log.warn("{}: {}", session.id(), Failure.text(e));
    }
  }

  private void close(Session session, Ahead ahead) {
    Optional<HeldFiles> held = session.held(HeldFiles.KEY);
    try {
      tellClosed(ahead, held);
    } catch (Failure e) {
      if (LateCloses.isPassing(e)) {
        Connection there = ahead.parsed();
        Instant until = Paths.ownExpires(there).orElseGet(() -> time.now().plus(TOKEN_MAX));
        // The session's files are closed by then; the hop does not need them to close.
        Optional<HeldFiles> none = held.map(closed -> new HeldFiles());
        Url hop = Url.parse(ahead.url());
        late.later(Paths.idAhead(there), hop, until, () -> tellClosed(ahead, none));
      }
      throw e;
    }
  }

  /** Outside the call that is just failing: its deadline must not keep us from cleaning up. */
  private void tellClosed(Ahead ahead, Optional<HeldFiles> held) {
    Context.ROOT.run(() -> tell(ahead, held));
  }

  private void tell(Ahead ahead, Optional<HeldFiles> held) {
    try (NextHops.Door door = hops.open(Url.parse(ahead.url()), ahead.parsed());
        Beside beside = new Beside(held)) {
      Connection connection = beside.out(ahead.parsed());
      var unused =
          stub(door.url())
              .withCallCredentials(beside.descriptors())
              .withDeadlineAfter(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .close(connection);
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("closing at " + ahead.url(), e);
    }
  }

  /** A way to a next hop, as long as it is needed; see {@link NextHops#open}. */
  NextHops.Door open(Url target, Connection connection) {
    return hops.open(target, connection);
  }

  /**
   * Where a next hop tells what it has; its first message may name many connections.
   *
   * @param target what is to be dialled
   */
  MonitorConnectionStub monitor(Url target) {
    return MonitorConnectionGrpc.newStub(ClientInterceptors.intercept(channels.to(target), headers))
        .withMaxInboundMessageSize(PICTURE_BYTES_MAX);
  }

  private NetworkServiceBlockingStub stub(Url target) {
    return NetworkServiceGrpc.newBlockingStub(
        ClientInterceptors.intercept(channels.to(target), headers));
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(AHEAD, ahead -> close(session, ahead));
  }
}
