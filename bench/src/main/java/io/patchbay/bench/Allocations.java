package io.patchbay.bench;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import io.patchbay.hwsim.node.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Grants as the kubelet asks for them. Beside each, in turns with it, the same over the same two
 * sockets with nothing to do: a call to the plugin, and one to the manager.
 */
final class Allocations implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int WARM_UP = 3;
  private static final int ROUNDS = 4;
  private static final int CALLERS = 100;
  private static final int BURSTS = 12;
  private static final String NULL_CALLS = "two null calls";

  private final Stack opened = new Stack();
  private final Time time;
  private final KubeletSide kubelet;
  private final List<Sibling> siblings;
  private final List<String> ids;

  /**
   * @param names the first one is granted, the others are its siblings
   */
  Allocations(Host node, List<String> names, Time time) {
    this.time = time;
    this.kubelet = opened.push(new KubeletSide(node, names.getFirst()));
    this.siblings =
        names.stream().map(name -> new Sibling(opened.push(new KubeletSide(node, name)))).toList();
    Await.until("the lists come", SOON, () -> siblings.stream().allMatch(Sibling::listed));
    this.ids = siblings.getFirst().ids();
  }

  /** Another name of the same VFs, as its own stream tells it. */
  private final class Sibling implements StreamObserver<ListAndWatchResponse> {
    private volatile Optional<ListAndWatchResponse> last = Optional.empty();
    private volatile long nanos;

    Sibling(KubeletSide side) {
      side.watch(this);
    }

    boolean listed() {
      return last.isPresent();
    }

    List<String> ids() {
      return last.orElseThrow().getDevicesList().stream().map(Device::getID).toList();
    }

    int bytes() {
      return last.orElseThrow().getSerializedSize();
    }

    Set<String> unhealthy() {
      Set<String> ids = new HashSet<>();
      for (Device device : last.orElseThrow().getDevicesList()) {
        if (!device.getHealth().equals("Healthy")) {
          ids.add(device.getID());
        }
      }
      return ids;
    }

    long nanos() {
      return nanos;
    }

    @Override
    public void onNext(ListAndWatchResponse list) {
      nanos = time.nanos();
      last = Optional.of(list);
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

  List<Measurement> measure() {
    List<Measurement> results = new ArrayList<>(oneCaller());
    results.add(manyCallers());
    results.add(withdrawal());
    int bytes = siblings.stream().mapToInt(Sibling::bytes).sum();
    results.add(Measurement.of("the four lists, 1,024 devices", bytes / 1024.0, "KiB"));
    return results;
  }

  private List<Measurement> oneCaller() {
    Samples allocate = new Samples(time);
    Samples nothing = new Samples(time);
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      if (round == 0) {
        allocate.clear();
        nothing.clear();
      }
      for (String id : ids) {
        nothing.time(kubelet::nothing);
        allocate.time(() -> kubelet.allocate(id));
      }
      ids.forEach(kubelet::release);
    }
    return List.of(
        Measurement.of("Allocate p50", allocate.p50(), "ms").against(NULL_CALLS, nothing.p50()),
        Measurement.of("Allocate p99", allocate.p99(), "ms").against(NULL_CALLS, nothing.p99()));
  }

  private Measurement manyCallers() {
    Samples bursts = new Samples(time);
    Samples nothing = new Samples(time);
    List<String> some = ids.subList(0, CALLERS);
    for (int burst = -WARM_UP; burst < BURSTS; burst++) {
      if (burst == 0) {
        bursts.clear();
        nothing.clear();
      }
      nothing.time(() -> atOnce(some, unused -> kubelet.nothing()));
      bursts.time(() -> atOnce(some, kubelet::allocate));
      some.forEach(kubelet::release);
    }
    return Measurement.of("100 Allocates at once, p50", bursts.p50(), "ms")
        .atMost(3, "100 times " + NULL_CALLS, nothing.p50());
  }

  private static void atOnce(List<String> ids, Consumer<String> task) {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      ids.forEach(id -> all.add(callers.submit(() -> task.accept(id))));
      for (Future<?> each : all) {
        each.get();
      }
    } catch (ExecutionException | InterruptedException e) {
      throw new Failure(Failure.Kind.INTERNAL, "a caller failed: " + Failure.text(e), e);
    }
  }

  /** From the call of Allocate until the last of its other names no longer offers the VF. */
  private Measurement withdrawal() {
    Samples samples = new Samples(time);
    List<Sibling> others = siblings.subList(1, siblings.size());
    for (String id : ids.subList(0, CALLERS)) {
      Await.until(
          "all is free", SOON, () -> others.stream().allMatch(each -> each.unhealthy().isEmpty()));
      long start = time.nanos();
      var unused = kubelet.allocate(id);
      Await.until(
          id + " is withdrawn",
          SOON,
          () -> others.stream().allMatch(each -> each.unhealthy().contains(id)));
      samples.add(others.stream().mapToLong(Sibling::nanos).max().orElseThrow() - start);
      kubelet.release(id);
    }
    return Measurement.of("Allocate to the siblings' withdrawal p50", samples.p50(), "ms");
  }

  @Override
  public void close() {
    opened.close();
  }
}
