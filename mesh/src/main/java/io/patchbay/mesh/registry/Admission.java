package io.patchbay.mesh.registry;

import com.google.protobuf.Message;
import io.grpc.Context;
import io.grpc.Metadata;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.policy.Access;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.RequestHeaders;
import io.patchbay.sockets.ResponseHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * What each Register and Unregister passes on its way to a registry, in upstream's order
 * (contracts/nsm.md 6.1): the path moves to this hop, the name must be the caller's, its turn must
 * come, and what is registered lasts no longer than the tokens. Must be called on a call's thread.
 */
final class Admission<T extends Message> {
  /** How long a call may wait for its turn whose caller set no limit. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Kind<T> kind;
  private final Tokens tokens;
  private final Policies policies;
  private final Owners owners;
  private final Turns turns = new Turns();

  Admission(Kind<T> kind, Tokens tokens, Policies policies, Time time) {
    this.kind = kind;
    this.tokens = tokens;
    this.policies = policies;
    this.owners = new Owners(time);
  }

  /** Whoever calls must say who it is, whatever it asks. Throws {@link Failure} DENIED. */
  static Token caller() {
    return TokenHeaders.read(RequestHeaders.current());
  }

  T register(T asked, UnaryOperator<T> registry) {
    Token caller = caller();
    Token own = own(caller);
    T bounded = kind.until(kind.until(asked, caller.expires()), own.expires());
    return admit(
        arrive(caller, own),
        bounded,
        (entry, ids) -> {
          T answer = registry.apply(entry);
          owners.record(kind.name(entry), ids, kind.expires(answer));
          return answer;
        });
  }

  T unregister(T asked, UnaryOperator<T> registry) {
    Token caller = caller();
    return admit(
        arrive(caller, own(caller)),
        asked,
        (entry, ids) -> {
          T gone = registry.apply(entry);
          owners.free(kind.name(entry));
          return gone;
        });
  }

  /** For whoever the connection shows; without TLS, for whoever the caller says it is. */
  private Token own(Token caller) {
    return Peer.current()
        .tls()
        .map(tokens::issue)
        .orElseGet(() -> tokens.issue(Tokens.subject(caller)));
  }

  /** What is done with an entry, and on whose behalf. */
  private interface Work<T> {
    T apply(T entry, List<String> ids);
  }

  private T admit(RegistryPath path, T asked, Work<T> work) {
    List<String> ids = path.ids();
    if (ids.getFirst().isEmpty()) {
      throw new Failure(
          Failure.Kind.DENIED,
          "no sufficient privileges: the first token of the path names nobody");
    }
    String name = kind.name(asked);
    RegistryPath.Handled<T> handled =
        path.handle(() ->
            turns.take(
                name,
                left(),
                () -> {
                  owners.check(kind.noun(), name, ids.getFirst());
                  policies.check(access(path, ids.getFirst(), name));
                  return work.apply(kind.onPath(asked, ids), ids);
                }));
    answer(handled.path());
    return handled.answer();
  }

  private Access access(RegistryPath path, String id, String name) {
    List<String> upToHere = path.tokens().subList(0, path.index() + 1);
    return new Access.ToRegistry(
        id, name, owners.pathIds(name), upToHere, path.index(), Peer.current().certificate());
  }

  private static RegistryPath arrive(Token caller, Token own) {
    Metadata headers = RequestHeaders.current();
    return RegistryPath.of(headers).orElse(RegistryPath.EMPTY).arrive(caller, own);
  }

  /** Who sent no path gets none back. */
  private void answer(RegistryPath path) {
    if (RequestHeaders.current().containsKey(RegistryPath.HEADER)) {
      RegistryPath verifiable =
          Peer.current()
              .tls()
              .flatMap(tls -> path.next().flatMap(next -> tokens.reissue(tls, next)))
              .map(path::withOwn)
              .orElse(path);
      ResponseHeaders.put(RegistryPath.HEADER, verifiable.depart().toJson());
    }
  }

  private static Duration left() {
    return Optional.ofNullable(Context.current().getDeadline())
        .map(
            deadline -> Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS))))
        .orElse(PATIENCE);
  }
}
