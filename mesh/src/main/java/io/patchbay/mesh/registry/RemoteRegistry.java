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
import io.patchbay.sockets.Channels;
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
  private final Time time;

  /** The registry at an address; it is dialled when first asked. */
  public RemoteRegistry(Kind<T> kind, Url url, Channels channels, Tokens tokens, Time time) {
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
    return asking(
        "registering " + kind.noun() + " '" + kind.name(entry) + "'",
        () -> onPath(kind.wire().register(), REGISTER_PATIENCE, entry));
  }

  @Override
  public void unregister(T entry) {
    var unused =
        asking(
            "unregistering " + kind.noun() + " '" + kind.name(entry) + "'",
            () -> onPath(kind.wire().unregister(), PATIENCE, entry));
  }

  /**
   * Calls with the path of the call that we handle, or one that begins here, and takes over what
   * comes back: our own caller is to see the tokens of all hops.
   */
  private <A> A onPath(MethodDescriptor<T, A> method, Duration patience, T entry) {
    AtomicReference<Metadata> back = new AtomicReference<>();
    Metadata headers = new Metadata();
    headers.put(RegistryPath.HEADER, RegistryPath.current().orElse(RegistryPath.EMPTY).toJson());
    A answer =
        ClientCalls.blockingUnaryCall(
            ClientInterceptors.intercept(
                channel,
                MetadataUtils.newAttachHeadersInterceptor(headers),
                MetadataUtils.newCaptureMetadataInterceptor(back, new AtomicReference<>())),
            method,
            within(patience),
            entry);
    keep(Optional.ofNullable(back.get()));
    return answer;
  }

  /** Something odd in the answer's path does not undo what has been done. */
  private void keep(Optional<Metadata> back) {
    try {
      if (!back.flatMap(RegistryPath::of).map(RegistryPath::keep).orElse(true)) {
        log.warn("{} answered with a path that is not at our own segment; it is left out", this);
      }
    } catch (Failure e) {
      log.warn("{} answered with a path that cannot be read: {}", this, Failure.text(e));
    }
  }

  @Override
  public List<T> find(T query) {
    return asking("looking for " + kind.noun() + "s", () -> find(kind.wire(), query));
  }

  private <Q extends Message, R extends Message> List<T> find(Wire<T, Q, R> wire, T query) {
    Iterator<R> responses =
        ClientCalls.blockingServerStreamingCall(
            channel, wire.find(), within(PATIENCE), wire.query(query, false));
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

  private static CallOptions within(Duration patience) {
    return CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public String toString() {
    return kind.noun() + "s at " + url;
  }
}
