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
import io.patchbay.sockets.Answerer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.security.cert.X509Certificate;
import java.time.Duration;
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
  private static final int PICTURE_BYTES_MAX = 64 << 20;
  private static final Key<Ahead> AHEAD = Key.durable("ahead", Ahead.class);
  private static final Key<X509Certificate> ANSWERER = Key.soft("answerer");

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

  public Dial(Channels channels, Tokens tokens, Time time) {
    this.channels = channels;
    this.headers = new TokenHeaders(tokens);
    this.time = time;
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
    if (before.filter(url -> !url.equals(target.toString())).isPresent()) {
      leave(session);
      before = Optional.empty();
    }
    if (before.isEmpty()) {
      session.hold(AHEAD, () -> Ahead.of(target, call.connection()), this::close);
    }
    try {
      Connection answer = ask(target, call);
      session.note(AHEAD, Ahead.of(target, answer), this::close);
      return answer;
    } catch (StatusRuntimeException e) {
      Failure failure = Statuses.toFailure("asking " + target, e);
      if (before.isEmpty()) {
        giveUp(session, failure);
      }
      throw failure;
    }
  }

  private Connection ask(Url target, Call call) {
    Duration left = Duration.between(time.now(), call.deadline());
    Answerer answerer = new Answerer();
    Connection answer =
        stub(target)
            .withInterceptors(answerer)
            .withDeadlineAfter(Math.max(1, left.toMillis()), TimeUnit.MILLISECONDS)
            .request(
                NetworkServiceRequest.newBuilder()
                    .setConnection(call.connection())
                    .addAllMechanismPreferences(call.preferences())
                    .build());
    answerer
        .certificate()
        .ifPresentOrElse(
            shown -> call.session().replace(ANSWERER, shown, forgotten -> {}),
            () -> call.session().release(ANSWERER));
    return answer;
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

  /** Outside the call that is just failing: its deadline must not keep us from cleaning up. */
  private void close(Ahead ahead) {
    Context.ROOT.run(() -> tellClosed(ahead));
  }

  private void tellClosed(Ahead ahead) {
    try {
      var unused =
          stub(Url.parse(ahead.url()))
              .withDeadlineAfter(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .close(ahead.parsed());
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("closing at " + ahead.url(), e);
    }
  }

  /** Where a next hop tells what it has; its first message may name many connections. */
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
    var unused = session.adopt(AHEAD, this::close);
  }
}
