package io.patchbay.mesh.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One watch of a registry elsewhere: a stream that is opened again, ever more slowly, each time it
 * breaks or the other side ends it. At most one stream is open at a time, so its listener hears one
 * change at a time.
 */
final class RemoteWatch<T extends Message, Q extends Message, R extends Message>
    implements Subscription {
  private static final Backoff REOPEN = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

  private final Wire<T, Q, R> wire;
  private final T query;
  private final Consumer<Change<T>> listener;
  private final String what;
  private final Time time;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private Optional<ClientCall<Q, R>> call = Optional.empty();

  @GuardedBy("this")
  private Time.Timer reopening = () -> {};

  /**
   * @param what the words with which a failure of it begins
   */
  RemoteWatch(Wire<T, Q, R> wire, T query, Consumer<Change<T>> listener, String what, Time time) {
    this.wire = wire;
    this.query = query;
    this.listener = listener;
    this.what = what;
    this.time = time;
  }

  void open(Channel channel) {
    ClientCall<Q, R> fresh;
    synchronized (this) {
      if (closed) {
        return;
      }
      fresh = channel.newCall(wire.find(), CallOptions.DEFAULT);
      call = Optional.of(fresh);
    }
    ClientCalls.asyncServerStreamingCall(fresh, wire.query(query, true), new Stream(channel));
  }

  @Override
  public void close() {
    Optional<ClientCall<Q, R>> open;
    synchronized (this) {
      closed = true;
      reopening.cancel();
      open = call;
      call = Optional.empty();
    }
    open.ifPresent(stream -> stream.cancel("the watcher has gone", null));
  }

  private synchronized boolean heard() {
    failures = 0;
    return !closed;
  }

  private void lost(Channel channel, Failure cause) {
    synchronized (this) {
      if (closed) {
        return;
      }
      call = Optional.empty();
      failures++;
      reopening = time.schedule(REOPEN.pause(failures), () -> open(channel));
    }
    listener.accept(new Change.Lost<>(cause));
  }

  /** What comes from the registry. */
  private final class Stream implements StreamObserver<R> {
    private final Channel channel;

    Stream(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void onNext(R response) {
      if (heard()) {
        T entry = wire.entry(response);
        listener.accept(
            wire.flag(response) ? new Change.Gone<>(entry) : new Change.Present<>(entry));
      }
    }

    @Override
    public void onError(Throwable problem) {
      lost(channel, Statuses.toFailure(what, problem));
    }

    @Override
    public void onCompleted() {
      lost(channel, new Failure(Failure.Kind.UNAVAILABLE, what + ": the stream ended"));
    }
  }
}
