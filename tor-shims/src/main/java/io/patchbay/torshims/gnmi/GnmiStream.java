package io.patchbay.torshims.gnmi;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.SubscriptionList;
import io.patchbay.api.gnmi.SubscriptionMode;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIStub;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a switch tell by itself, ON_CHANGE, what becomes of some paths. A switch that refuses, or a
 * stream that breaks, costs nothing but time: whoever listens has other ways to know. Safe for all
 * threads.
 */
final class GnmiStream implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GnmiStream.class);

  private static final Set<Failure.Kind> REFUSALS =
      Set.of(
          Failure.Kind.UNSUPPORTED,
          Failure.Kind.INVALID,
          Failure.Kind.NOT_FOUND,
          Failure.Kind.DENIED);

  /** How often one is begun again that breaks each time. */
  static final Backoff PACE = new Backoff(Duration.ofSeconds(5), Duration.ofMinutes(5));

  /** That is no accident any more. */
  private static final int BREAKS_TO_TELL = 5;

  /** Who hears one stream, from its begin to its end; on gRPC's thread. Must be quick. */
  interface Listener {
    /**
     * What the switch has, or has now.
     *
     * @param inStep whether it has told all that it had at the begin, so that this is a change
     */
    void hear(Notification news, boolean inStep);

    /** It has. */
    default void inStep() {}
  }

  private final String what;
  private final Time time;
  private final Supplier<Listener> listeners;

  @GuardedBy("this")
  private Set<Path> followed = Set.of();

  @GuardedBy("this")
  private Context.CancellableContext stream = Context.ROOT.withCancellation();

  @GuardedBy("this")
  private boolean refusalTold;

  /** Those in a row of which none lasted for as long as the longest pause. */
  @GuardedBy("this")
  private int breaks;

  @GuardedBy("this")
  private Instant begun = Instant.MIN;

  @GuardedBy("this")
  private Instant notBefore = Instant.MIN;

  /**
   * @param what messages call it, with its switch
   * @param listeners gives one for each stream
   */
  GnmiStream(String what, Time time, Supplier<Listener> listeners) {
    this.what = what;
    this.time = time;
    this.listeners = listeners;
  }

  /**
   * Follows these paths and no others from now on; after a stream that broke not before a pause.
   *
   * @param connection is asked for if it is needed; what it throws is thrown
   */
  synchronized void follow(Set<Path> paths, Supplier<gNMIStub> connection) {
    if (paths.equals(followed)) {
      return;
    }
    end();
    if (paths.isEmpty() || time.now().isBefore(notBefore)) {
      return;
    }
    gNMIStub stub = connection.get();
    followed = Set.copyOf(paths);
    begun = time.now();
    SubscriptionList.Builder list =
        SubscriptionList.newBuilder()
            .setMode(SubscriptionList.Mode.STREAM)
            .setEncoding(Encoding.JSON_IETF);
    for (Path path : followed) {
      list.addSubscriptionBuilder().setPath(path).setMode(SubscriptionMode.ON_CHANGE);
    }
    SubscribeRequest request = SubscribeRequest.newBuilder().setSubscribe(list).build();
    Heard heard = new Heard(stream, listeners.get());
    stream.run(() -> stub.subscribe(heard).onNext(request));
  }

  @GuardedBy("this")
  private void end() {
    stream.cancel(null);
    stream = Context.ROOT.withCancellation();
    followed = Set.of();
  }

  /** One that broke is begun again; one that was refused would be so again. */
  private synchronized void ended(Context of, Failure why) {
    if (of != stream) {
      return;
    }
    boolean refused = REFUSALS.contains(why.kind());
    if (!refused) {
      followed = Set.of();
      breaks(why);
    }
    if (refused && !refusalTold) {
      refusalTold = true;
      log.info("{}; it is asked instead", Failure.text(why));
    } else {
      log.debug("{}", Failure.text(why));
    }
  }

  @GuardedBy("this")
  private void breaks(Failure why) {
    Instant now = time.now();
    breaks = now.isBefore(begun.plus(PACE.most())) ? breaks + 1 : 1;
    notBefore = now.plus(PACE.pause(breaks));
    if (breaks == BREAKS_TO_TELL) {
      log.info(
          "{}; {} times in a row: it is asked instead, and tried again every few minutes",
          Failure.text(why),
          breaks);
    }
  }

  /** The next {@link #follow} begins anew. */
  @Override
  public synchronized void close() {
    end();
  }

  private final class Heard implements StreamObserver<SubscribeResponse> {
    private final Context own;
    private final Listener listener;
    private boolean inStep;

    Heard(Context own, Listener listener) {
      this.own = own;
      this.listener = listener;
    }

    @Override
    public void onNext(SubscribeResponse response) {
      if (response.hasUpdate()) {
        listener.hear(response.getUpdate(), inStep);
      } else if (response.getSyncResponse() && !inStep) {
        inStep = true;
        listener.inStep();
      }
    }

    @Override
    public void onError(Throwable problem) {
      ended(own, Statuses.toFailure(what, problem));
    }

    @Override
    public void onCompleted() {
      ended(own, new Failure(Failure.Kind.UNAVAILABLE, what + " has ended"));
    }
  }
}
