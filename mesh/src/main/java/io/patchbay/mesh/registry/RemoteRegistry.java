package io.patchbay.mesh.registry;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.policy.Access;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Answerer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registry that somebody serves elsewhere. Every call has a deadline and says in its failure
 * which registry it was; watches come back by themselves.
 */
public final class RemoteRegistry<T extends Message> implements Registry<T> {
  /** How long one attempt to register may take (contracts/nsm.md 6.4). */
  private static final Duration REGISTER_PATIENCE = Duration.ofSeconds(15);

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int FOUND_MAX = 100_000;

  private static final Logger log = LoggerFactory.getLogger(RemoteRegistry.class);

  private final Kind<T> kind;
  private final Url url;
  private final Channel channel;
  private final Policies policies;
  private final Time time;

  /**
   * The registry at an address; it is dialled when first asked.
   *
   * @param policies what the answer to a registration must satisfy: the tokens of all hops that it
   *     has passed, the first of them signed by whoever answers
   */
  public RemoteRegistry(
      Kind<T> kind, Url url, Channels channels, Tokens tokens, Policies policies, Time time) {
    this.policies = policies;
    this.kind = kind;
    this.url = url;
    this.channel = ClientInterceptors.intercept(channels.to(url), new TokenHeaders(tokens));
    this.time = time;
  }

  @Override
  public Kind<T> kind() {
    return kind;
  }

  @Override
  public T register(T entry) {
    return register(entry, new Descriptors(List.of()));
  }

  /** Registers with descriptors beside the call. */
  T register(T entry, Descriptors beside) {
    return asking(
        "registering " + kind.noun() + " '" + kind.name(entry) + "'",
        () -> {
          Reply<T> reply = onPath(kind.wire().register(), within(REGISTER_PATIENCE, beside), entry);
          try {
            check(reply, kind.name(entry));
          } catch (Failure e) {
            takeBack(reply.answer(), beside, e);
            throw e;
          }
          return reply.answer();
        });
  }

  /** What a registry has taken that we do not trust is taken out again, as far as it obeys. */
  private void takeBack(T answer, Descriptors beside, Failure refusal) {
    try {
      var unused = onPath(kind.wire().unregister(), within(PATIENCE, beside), answer);
    } catch (StatusRuntimeException e) {
      refusal.addSuppressed(e);
    }
  }

  @Override
  public void unregister(T entry) {
    unregister(entry, new Descriptors(List.of()));
  }

  /** Unregisters with descriptors beside the call. */
  void unregister(T entry, Descriptors beside) {
    var unused =
        asking(
            "unregistering " + kind.noun() + " '" + kind.name(entry) + "'",
            () -> {
              var reply = onPath(kind.wire().unregister(), within(PATIENCE, beside), entry);
              check(reply, kind.name(entry));
              return reply;
            });
  }

  /** An answer, the path on which it came, and who gave it. */
  private record Reply<A>(
      A answer, RegistryPath sent, Optional<RegistryPath> path, Answerer answerer) {}

  private void check(Reply<?> reply, String name) {
    RegistryPath path = reply.path().orElse(reply.sent());
    String first = path.ids().stream().findFirst().orElse("");
    policies.check(
        new Access.ToRegistry(
            first,
            name,
            Optional.empty(),
            path.tokens(),
            reply.sent().index(),
            reply.answerer().certificate()));
  }

  /**
   * Calls with the path of the call that we handle, or one that begins here, and takes over what
   * comes back: our own caller is to see the tokens of all hops.
   */
  private <A> Reply<A> onPath(MethodDescriptor<T, A> method, CallOptions options, T entry) {
    AtomicReference<Metadata> back = new AtomicReference<>();
    RegistryPath sent = RegistryPath.current().orElse(RegistryPath.EMPTY);
    Answerer answerer = new Answerer();
    Metadata headers = new Metadata();
    headers.put(RegistryPath.HEADER, sent.toJson());
    A answer =
        ClientCalls.blockingUnaryCall(
            ClientInterceptors.intercept(
                channel,
                answerer,
                MetadataUtils.newAttachHeadersInterceptor(headers),
                MetadataUtils.newCaptureMetadataInterceptor(back, new AtomicReference<>())),
            method,
            options,
            entry);
    return new Reply<>(answer, sent, kept(Optional.ofNullable(back.get())), answerer);
  }

  /** Something odd in the answer's path is for policies to judge; our caller does not see it. */
  private Optional<RegistryPath> kept(Optional<Metadata> back) {
    try {
      Optional<RegistryPath> path = back.flatMap(RegistryPath::of);
      if (!path.map(RegistryPath::keep).orElse(true)) {
        log.warn("{} answered with a path that is not at our own segment; it is left out", this);
      }
      return path;
    } catch (Failure e) {
      log.warn("{} answered with a path that cannot be read: {}", this, Failure.text(e));
      return Optional.empty();
    }
  }

  @Override
  public List<T> find(T query) {
    return find(query, new Descriptors(List.of()));
  }

  /** Finds; {@code beside} then knows by which connection descriptors may have come. */
  List<T> find(T query, Descriptors beside) {
    return asking("looking for " + kind.noun() + "s", () -> find(kind.wire(), query, beside));
  }

  private <Q extends Message, R extends Message> List<T> find(
      Wire<T, Q, R> wire, T query, Descriptors beside) {
    Iterator<R> responses =
        ClientCalls.blockingServerStreamingCall(
            channel, wire.find(), within(PATIENCE, beside), wire.query(query, false));
    List<T> found = new ArrayList<>();
    while (responses.hasNext()) {
      R response = responses.next();
      if (found.size() >= FOUND_MAX) {
        throw new Failure(
            Failure.Kind.EXHAUSTED, "more than " + FOUND_MAX + " match; ask for fewer");
      }
      if (!wire.flag(response)) {
        found.add(wire.entry(response));
      }
    }
    return found;
  }

  @Override
  public Subscription watch(T query, Consumer<Change<T>> listener) {
    return watch(kind.wire(), query, listener);
  }

  private <Q extends Message, R extends Message> Subscription watch(
      Wire<T, Q, R> wire, T query, Consumer<Change<T>> listener) {
    String what = "watching " + kind.noun() + "s at " + url;
    RemoteWatch<T, Q, R> watch = new RemoteWatch<>(wire, query, listener, what, time);
    watch.open(channel);
    return watch;
  }

  private <A> A asking(String what, Supplier<A> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException | Failure e) {
      throw Statuses.toFailure(what + " at " + url, e);
    }
  }

  private static CallOptions within(Duration patience, Descriptors beside) {
    return CallOptions.DEFAULT
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
        .withCallCredentials(beside);
  }

  @Override
  public String toString() {
    return kind.noun() + "s at " + url;
  }
}
