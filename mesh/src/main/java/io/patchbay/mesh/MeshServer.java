package io.patchbay.mesh;

import com.google.protobuf.Empty;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.State;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceImplBase;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.RequestHeaders;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A chain as a gRPC service. It moves the path to this hop and back, and puts the tokens in, so
 * that the links see nothing but their own connection.
 */
public final class MeshServer extends NetworkServiceImplBase {
  /** How long a request may take whose caller set no limit. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final String name;
  private final Chain chain;
  private final Sessions sessions;
  private final Tokens tokens;
  private final Time time;

  /**
   * @param name this hop's name in paths, {@code NSM_NAME}
   * @param sessions the chain's own
   */
  public MeshServer(String name, Chain chain, Sessions sessions, Tokens tokens, Time time) {
    this.name = name;
    this.chain = chain;
    this.sessions = sessions;
    this.tokens = tokens;
    this.time = time;
  }

  @Override
  public void request(NetworkServiceRequest request, StreamObserver<Connection> observer) {
    AtomicReference<String> made = new AtomicReference<>("");
    // An answer that does not arrive names an id that nobody else knows, so nobody could close it.
    ((ServerCallStreamObserver<Connection>) observer).setOnCancelHandler(() -> letGo(made));
    Calls.answer(observer, () -> agree(request, made));
  }

  @Override
  public void close(Connection connection, StreamObserver<Empty> observer) {
    Calls.answer(
        observer,
        () -> {
          chain.close(arrive(connection));
          return Empty.getDefaultInstance();
        });
  }

  private Connection agree(NetworkServiceRequest request, AtomicReference<String> made) {
    Connection arrived = arrive(request.getConnection());
    Call call =
        Call.of(
            arrived,
            request.getMechanismPreferencesList(),
            new Cause.Asked(),
            time.now().plus(left()));
    boolean known = sessions.find(arrived.getId()).filter(Session::agreed).isPresent();
    Connection answer = chain.request(call);
    if (!known) {
      made.set(arrived.getId());
      closeIfGivenUp(made);
    }
    return Paths.depart(verifiable(answer).toBuilder().setState(State.UP).build());
  }

  /** The answer could go out before the call itself is known to have ended. */
  private void closeIfGivenUp(AtomicReference<String> made) {
    if (Context.current().isCancelled()) {
      letGo(made);
      throw new Failure(Failure.Kind.UNAVAILABLE, "whoever asked has given up meanwhile");
    }
  }

  /** Once only: a later request may have the same id. */
  private void letGo(AtomicReference<String> made) {
    sessions.close(Objects.requireNonNull(made.getAndSet("")));
  }

  /** The caller verifies our token with the certificate that we have shown to it. */
  private Connection verifiable(Connection answer) {
    return Peer.current()
        .tls()
        .flatMap(tls -> Paths.nextToken(answer).flatMap(next -> tokens.reissue(tls, next)))
        .map(own -> Paths.withOwnToken(answer, own))
        .orElse(answer);
  }

  private Connection arrive(Connection connection) {
    Token caller = TokenHeaders.read(RequestHeaders.current());
    return Paths.withOwnToken(
        Paths.withCallerToken(Paths.arrive(connection, name), caller), ownToken(caller));
  }

  private Token ownToken(Token caller) {
    return Peer.current()
        .tls()
        .map(tokens::issue)
        .orElseGet(() -> tokens.issue(Tokens.subject(caller)));
  }

  private static Duration left() {
    @Nullable Deadline deadline = Context.current().getDeadline();
    return deadline == null
        ? PATIENCE
        : Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
  }
}
