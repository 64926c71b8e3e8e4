package io.patchbay.bench;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.base.Time;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The devices of one resource name as its own stream tells them, and since when. Thread-safe. */
final class ListsSeen implements StreamObserver<ListAndWatchResponse> {
  private record Seen(ListAndWatchResponse list, long nanos) {}

  private final Time time;
  private volatile Optional<Seen> last = Optional.empty();

  /** Follows the list for as long as {@code side} is open. */
  ListsSeen(KubeletSide side, Time time) {
    this.time = time;
    side.watch(this);
  }

  boolean listed() {
    return last.isPresent();
  }

  /** The size of the last list on the wire. */
  int bytes() {
    return last.orElseThrow().list.getSerializedSize();
  }

  /** The ids of the last list that cannot be had. */
  Set<String> unhealthy() {
    Set<String> ids = new HashSet<>();
    for (Device device : last.orElseThrow().list.getDevicesList()) {
      if (!device.getHealth().equals("Healthy")) {
        ids.add(device.getID());
      }
    }
    return ids;
  }

  /** When the last list came. */
  long nanos() {
    return last.orElseThrow().nanos;
  }

  @Override
  public void onNext(ListAndWatchResponse list) {
    last = Optional.of(new Seen(list, time.nanos()));
  }

  @Override
  public void onError(Throwable broken) {
    last = Optional.empty();
  }

  @Override
  public void onCompleted() {
    last = Optional.empty();
  }
}
