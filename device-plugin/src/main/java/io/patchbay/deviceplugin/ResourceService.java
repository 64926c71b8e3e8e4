package io.patchbay.deviceplugin;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.AllocateRequest;
import io.patchbay.api.deviceplugin.AllocateResponse;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationRequest;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationResponse;
import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.DevicePluginGrpc.DevicePluginImplBase;
import io.patchbay.api.deviceplugin.DevicePluginOptions;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.api.deviceplugin.PreStartContainerRequest;
import io.patchbay.api.deviceplugin.PreStartContainerResponse;
import io.patchbay.api.deviceplugin.PreferredAllocationRequest;
import io.patchbay.api.deviceplugin.PreferredAllocationResponse;
import io.patchbay.api.vf.Grant;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.Outbox;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One resource name as the kubelet sees it (contracts/kubelet.md section 1). Streams live until the
 * kubelet or {@link #endStreams} ends them. Thread-safe.
 */
final class ResourceService extends DevicePluginImplBase {
  private static final Logger log = LoggerFactory.getLogger(ResourceService.class);

  static final DevicePluginOptions OPTIONS =
      DevicePluginOptions.newBuilder().setGetPreferredAllocationAvailable(true).build();

  private final String resource;
  private final Sights sights;
  private final Grants grants;
  private final PreferredAllocation.Choice choice;
  private final CdiSpecs cdi;
  private final Consumer<List<String>> allocated;
  private final Set<Lister> streams = ConcurrentHashMap.newKeySet();

  /**
   * @param allocated told of the ids of each successful Allocate
   */
  ResourceService(
      String resource,
      Sights sights,
      Grants grants,
      PreferredAllocation.Choice choice,
      CdiSpecs cdi,
      Consumer<List<String>> allocated) {
    this.choice = choice;
    this.cdi = cdi;
    this.resource = resource;
    this.sights = sights;
    this.grants = grants;
    this.allocated = allocated;
  }

  /** Whether a kubelet listens to the list. */
  boolean followed() {
    return !streams.isEmpty();
  }

  /** Ends the open lists, so that a kubelet asks anew. */
  void endStreams() {
    streams.forEach(Lister::end);
  }

  /** Ends the open lists with an empty one: nothing can be had here any more. */
  void withdraw() {
    streams.forEach(Lister::withdraw);
  }

  @Override
  public void getDevicePluginOptions(Empty request, StreamObserver<DevicePluginOptions> observer) {
    Calls.answer(observer, () -> OPTIONS);
  }

  /** Only the newest list counts, so only one ever waits for a slow kubelet. */
  @Override
  public void listAndWatch(Empty request, StreamObserver<ListAndWatchResponse> observer) {
    Outbox<ListAndWatchResponse> outbox =
        new Outbox<>(
            (ServerCallStreamObserver<ListAndWatchResponse>) observer, 1, list -> resource);
    Lister lister = new Lister(outbox);
    streams.add(lister);
    outbox.onEnd(() -> streams.remove(lister));
    Runnable unfollow = sights.follow(lister);
    outbox.onEnd(unfollow);
  }

  /** Sends the list of one stream when it has changed. Safe for all threads. */
  private final class Lister implements Sights.Follower {
    private final Outbox<ListAndWatchResponse> outbox;

    @GuardedBy("this")
    private boolean first = true;

    @GuardedBy("this")
    private List<Device> sent = List.of();

    Lister(Outbox<ListAndWatchResponse> outbox) {
      this.outbox = outbox;
    }

    @Override
    public synchronized void changed(Sight sight) {
      List<Device> devices = sight.devices(resource);
      if (first || !devices.equals(sent)) {
        first = false;
        sent = devices;
        outbox.offer(ListAndWatchResponse.newBuilder().addAllDevices(devices).build());
      }
    }

    synchronized void withdraw() {
      outbox.offer(ListAndWatchResponse.getDefaultInstance());
      outbox.close();
    }

    void end() {
      outbox.close();
    }
  }

  @Override
  public void getPreferredAllocation(
      PreferredAllocationRequest request, StreamObserver<PreferredAllocationResponse> observer) {
    Calls.answer(
        observer,
        () ->
            PreferredAllocationResponse.newBuilder()
                .addAllContainerResponses(
                    request.getContainerRequestsList().stream().map(this::preferred).toList())
                .build());
  }

  private ContainerPreferredAllocationResponse preferred(
      ContainerPreferredAllocationRequest request) {
    List<String> ids =
        PreferredAllocation.choose(
            sights.current().functions(resource),
            choice,
            request.getAvailableDeviceIDsList(),
            request.getMustIncludeDeviceIDsList(),
            request.getAllocationSize());
    return ContainerPreferredAllocationResponse.newBuilder().addAllDeviceIDs(ids).build();
  }

  @Override
  public void allocate(AllocateRequest request, StreamObserver<AllocateResponse> observer) {
    Calls.answer(
        observer,
        () ->
            AllocateResponse.newBuilder()
                .addAllContainerResponses(
                    request.getContainerRequestsList().stream()
                        .map(container -> allocate(container.getDevicesIdsList()))
                        .toList())
                .build());
  }

  private ContainerAllocateResponse allocate(List<String> ids) {
    List<Grant> granted = grants.reserve(resource, ids);
    log.info("{}: {} given to a container", resource, ids);
    allocated.accept(ids);
    return new ContainerAnswer(resource, granted, cdi.names(resource, ids), cdi.isAlone())
        .response();
  }

  @Override
  public void preStartContainer(
      PreStartContainerRequest request, StreamObserver<PreStartContainerResponse> observer) {
    Calls.answer(observer, PreStartContainerResponse::getDefaultInstance);
  }
}
