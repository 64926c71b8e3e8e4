package io.patchbay.hwsim.gnmi;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.Subscription;
import io.patchbay.api.gnmi.SubscriptionList;
import io.patchbay.api.gnmi.SubscriptionMode;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.Datastores;
import io.patchbay.hwsim.netconf.Device;
import io.patchbay.sockets.Outbox;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * One client that is told of changes of the running configuration and of links: everything first,
 * then those.
 */
final class Subscriber implements StreamObserver<SubscribeRequest> {
  private static final int WAITING_MAX = 1024;

  /** What a client that asks for more often gets. */
  private static final Duration LEAST_INTERVAL = Duration.ofSeconds(1);

  private final ServerCallStreamObserver<SubscribeResponse> observer;
  private final Outbox<SubscribeResponse> outbox;
  private final Device device;
  private final Datastores stores;
  private final Time time;
  private final Semaphore linksChanged = new Semaphore(0);
  // Both guarded by the datastores, under whose lock changes are told.
  private SubscriptionList list = SubscriptionList.getDefaultInstance();
  private Followed changes = new Followed(Path.getDefaultInstance(), List.of());
  private Followed samples = changes;
  private Time.@Nullable Timer next;

  Subscriber(
      ServerCallStreamObserver<SubscribeResponse> observer,
      Device device,
      Datastores stores,
      Time time) {
    this.observer = observer;
    this.device = device;
    this.outbox = new Outbox<>(observer, WAITING_MAX);
    this.stores = stores;
    this.time = time;
  }

  @Override
  public void onNext(SubscribeRequest request) {
    try {
      begin(request);
    } catch (RuntimeException e) {
      observer.onError(Statuses.toStatus(e));
    }
  }

  private void begin(SubscribeRequest request) {
    synchronized (stores) {
      follow(request);
    }
  }

  private void follow(SubscribeRequest request) {
    if (!request.hasSubscribe() || list.getSubscriptionCount() > 0) {
      throw new Failure(Failure.Kind.INVALID, "a stream begins with one list of subscriptions");
    }
    list = request.getSubscribe();
    if (list.getMode() != SubscriptionList.Mode.STREAM) {
      throw new Failure(Failure.Kind.UNSUPPORTED, "only streams are known, not " + list.getMode());
    }
    changes = followed(false);
    samples = followed(true);
    if (device.onlySamples() && list.getSubscriptionCount() > sampled().size()) {
      throw new Failure(Failure.Kind.INVALID, "this switch tells by SAMPLE only");
    }
    sample();
    look();
    outbox.onEnd(stores.watch(change -> look()));
    outbox.onEnd(device.watchLinks(linksChanged::release));
    Thread links = Thread.ofPlatform().daemon().name("gnmi-links").start(this::followLinks);
    outbox.onEnd(links::interrupt);
    outbox.onEnd(this::stopSampling);
    outbox.offer(SubscribeResponse.newBuilder().setSyncResponse(true).build());
  }

  /** Whoever changes a link may hold locks of its own: it must not wait for the datastores. */
  private void followLinks() {
    try {
      while (true) {
        linksChanged.acquire();
        synchronized (stores) {
          look();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the stream has ended
    }
  }

  private Followed followed(boolean bySample) {
    return new Followed(
        list.getPrefix(),
        list.getSubscriptionList().stream().filter(each -> isSampled(each) == bySample).toList());
  }

  private static boolean isSampled(Subscription each) {
    return each.getMode() == SubscriptionMode.SAMPLE;
  }

  private List<Subscription> sampled() {
    return list.getSubscriptionList().stream().filter(Subscriber::isSampled).toList();
  }

  /** Tells what is other than when it was told last. Called with the datastores locked. */
  private void look() {
    tell(changes, false);
  }

  /** Tells what is asked for every so often, and so goes on. Called with the datastores locked. */
  private void sample() {
    if (sampled().isEmpty()) {
      return;
    }
    tell(samples, !sampled().stream().allMatch(Subscription::getSuppressRedundant));
    long interval =
        sampled().stream().mapToLong(Subscription::getSampleInterval).min().orElseThrow();
    Duration pause = Duration.ofNanos(Math.max(interval, LEAST_INTERVAL.toNanos()));
    next =
        time.schedule(
            pause,
            () -> {
              synchronized (stores) {
                sample();
              }
            });
  }

  private void stopSampling() {
    synchronized (stores) {
      if (next != null) {
        next.cancel();
      }
      list = SubscriptionList.getDefaultInstance(); // for one that is already on its way
    }
  }

  private void tell(Followed followed, boolean all) {
    Notification.Builder news =
        Notification.newBuilder()
            .setTimestamp(Duration.between(Instant.EPOCH, time.now()).toNanos())
            .setPrefix(list.getPrefix());
    followed.look(device.withState(stores.content(Datastores.Name.RUNNING)), all, news);
    if (news.getUpdateCount() + news.getDeleteCount() > 0) {
      outbox.offer(SubscribeResponse.newBuilder().setUpdate(news).build());
    }
  }

  @Override
  public void onError(Throwable problem) {
    outbox.close();
  }

  @Override
  public void onCompleted() {
    outbox.close();
  }
}
