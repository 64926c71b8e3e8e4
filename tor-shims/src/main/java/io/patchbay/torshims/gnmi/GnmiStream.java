package io.patchbay.torshims.gnmi;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.Subscription;
import io.patchbay.api.gnmi.SubscriptionList;
import io.patchbay.api.gnmi.SubscriptionMode;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIStub;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a switch tell by itself what becomes of some paths: ON_CHANGE, or where it refuses that by
 * SAMPLE. One that refuses both, or a stream that breaks, costs nothing but time: whoever listens
 * has other ways to know. Safe for all threads.
 */
final class GnmiStream implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GnmiStream.class);

  private static final Set<Failure.Kind> REFUSALS =
      Set.of(
          Failure.Kind.UNSUPPORTED,
          Failure.Kind.INVALID,
          Failure.Kind.NOT_FOUND,
          Failure.Kind.DENIED);

  /** Those of them that are of the mode, and not of the paths or of who asks. */
  private static final Set<Failure.Kind> OF_MODE =
      Set.of(Failure.Kind.UNSUPPORTED, Failure.Kind.INVALID);

  /** How often one is begun again that breaks each time. */
  static final Backoff PACE = new Backoff(Duration.ofSeconds(5), Duration.ofMinutes(5));

  /** How often a switch that tells by samples is to do so. */
  static final Duration SAMPLING = Duration.ofSeconds(10);

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

  /** Since it has refused ON_CHANGE; a new connection may be to another build of the switch. */
  @GuardedBy("this")
  private boolean sampled;

  @GuardedBy("this")
  private boolean samplingTold;

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
      list.addSubscription(subscription(path, sampled));
    }
    SubscribeRequest request = SubscribeRequest.newBuilder().setSubscribe(list).build();
    Heard heard = new Heard(stream, listeners.get(), sampled);
    stream.run(() -> stub.subscribe(heard).onNext(request));
  }

  private static Subscription subscription(Path path, boolean bySample) {
    Subscription.Builder one = Subscription.newBuilder().setPath(path);
    return bySample
        ? one.setMode(SubscriptionMode.SAMPLE)
            .setSampleInterval(SAMPLING.toNanos())
            .setSuppressRedundant(true)
            .build()
        : one.setMode(SubscriptionMode.ON_CHANGE).build();
  }

  @GuardedBy("this")
  private void end() {
    stream.cancel(null);
    stream = Context.ROOT.withCancellation();
    followed = Set.of();
  }

  /**
   * One that broke is begun again; one that was refused would be so again, but perhaps not by
   * SAMPLE.
   */
  private synchronized void ended(Context of, Failure why) {
    if (of != stream) {
      return;
    }
    boolean refused = REFUSALS.contains(why.kind());
    if (!refused) {
      followed = Set.of();
      breaks(why);
    } else if (!sampled && OF_MODE.contains(why.kind())) {
      sampled = true;
      followed = Set.of();
      tellSampling(why);
      return;
    }
    if (refused && !refusalTold) {
      refusalTold = true;
      log.info("{}; it is asked instead", Failure.text(why));
    } else {
      log.debug("{}", Failure.text(why));
    }
  }

  @GuardedBy("this")
  private void tellSampling(Failure why) {
    if (!samplingTold) {
      samplingTold = true;
      log.info("{}; it is to tell every {} s instead", Failure.text(why), SAMPLING.toSeconds());
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
    sampled = false;
  }

  private final class Heard implements StreamObserver<SubscribeResponse> {
    private final Context own;
    private final Listener listener;
    private final Optional<Samples> samples;
    private boolean inStep;

    Heard(Context own, Listener listener, boolean bySample) {
      this.own = own;
      this.listener = listener;
      this.samples = bySample ? Optional.of(new Samples()) : Optional.empty();
    }

    @Override
    public void onNext(SubscribeResponse response) {
      if (response.hasUpdate()) {
        Notification told = response.getUpdate();
        samples
            .map(known -> known.news(told))
            .orElse(Optional.of(told))
            .ifPresent(news -> listener.hear(news, inStep));
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
