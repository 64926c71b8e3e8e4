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
import io.patchbay.api.gnmi.Update;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.Datastores;
import io.patchbay.hwsim.netconf.Device;
import io.patchbay.sockets.Outbox;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * One client that is told of changes of the running configuration and of links: everything first,
 * then those.
 */
final class Subscriber implements StreamObserver<SubscribeRequest> {
  private static final int WAITING_MAX = 1024;

  private final ServerCallStreamObserver<SubscribeResponse> observer;
  private final Outbox<SubscribeResponse> outbox;
  private final Device device;
  private final Datastores stores;
  private final Time time;
  private final Semaphore linksChanged = new Semaphore(0);
  // Both guarded by the datastores, under whose lock changes are told.
  private final Map<Path, Optional<Data>> told = new HashMap<>();
  private SubscriptionList list = SubscriptionList.getDefaultInstance();

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
    for (Subscription each : list.getSubscriptionList()) {
      if (each.getMode() == SubscriptionMode.SAMPLE) {
        throw new Failure(Failure.Kind.UNSUPPORTED, "only ON_CHANGE is known");
      }
    }
    look();
    outbox.onEnd(stores.watch(change -> look()));
    outbox.onEnd(device.watchLinks(linksChanged::release));
    Thread links = Thread.ofPlatform().daemon().name("gnmi-links").start(this::followLinks);
    outbox.onEnd(links::interrupt);
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

  /** Tells what is other than when it was told last. Called with the datastores locked. */
  private void look() {
    Data running = device.withState(stores.content(Datastores.Name.RUNNING));
    Notification.Builder news =
        Notification.newBuilder()
            .setTimestamp(Duration.between(Instant.EPOCH, time.now()).toNanos())
            .setPrefix(list.getPrefix());
    Set<Path> paths = new LinkedHashSet<>(told.keySet());
    for (Subscription each : list.getSubscriptionList()) {
      Wildcards.resolved(running, list.getPrefix(), each.getPath()).forEach(paths::add);
    }
    for (Path path : paths) {
      Optional<Data> now = TreePath.of(running.schema(), list.getPrefix(), path).find(running);
      Optional<Data> before = told.put(path, now);
      if (!now.equals(before)) {
        now.ifPresentOrElse(
            data ->
                news.addUpdate(Update.newBuilder().setPath(path).setVal(GnmiService.value(data))),
            () -> news.addDelete(path));
      }
    }
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
