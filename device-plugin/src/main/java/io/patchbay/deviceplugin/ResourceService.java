package io.patchbay.deviceplugin;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.AllocateRequest;
import io.patchbay.api.deviceplugin.AllocateResponse;
import io.patchbay.api.deviceplugin.CDIDevice;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationRequest;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationResponse;
import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.DevicePluginGrpc.DevicePluginImplBase;
import io.patchbay.api.deviceplugin.DevicePluginOptions;
import io.patchbay.api.deviceplugin.DeviceSpec;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.api.deviceplugin.PreStartContainerRequest;
import io.patchbay.api.deviceplugin.PreStartContainerResponse;
import io.patchbay.api.deviceplugin.PreferredAllocationRequest;
import io.patchbay.api.deviceplugin.PreferredAllocationResponse;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.Outbox;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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
  private final Consumer<List<String>> allocated;
  private final Set<Outbox<ListAndWatchResponse>> streams = ConcurrentHashMap.newKeySet();

  /**
   * @param allocated told of the ids of each successful Allocate
   */
  ResourceService(String resource, Sights sights, Grants grants, Consumer<List<String>> allocated) {
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
    streams.forEach(Outbox::close);
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
    streams.add(outbox);
    outbox.onEnd(() -> streams.remove(outbox));
    Runnable unfollow = sights.follow(new Lister(outbox));
    outbox.onEnd(unfollow);
  }

  /** Sends the list of one stream when it has changed; called by one thread at a time. */
  private final class Lister implements Sights.Follower {
    private final Outbox<ListAndWatchResponse> outbox;
    private boolean first = true;
    private List<Device> sent = List.of();

    Lister(Outbox<ListAndWatchResponse> outbox) {
      this.outbox = outbox;
    }

    @Override
    public void changed(Sight sight) {
      List<Device> devices = sight.devices(resource);
      if (first || !devices.equals(sent)) {
        first = false;
        sent = devices;
        outbox.offer(ListAndWatchResponse.newBuilder().addAllDevices(devices).build());
      }
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
    ContainerAllocateResponse.Builder response =
        ContainerAllocateResponse.newBuilder()
            .putEnvs(
                "NSM_SRIOV_TOKENS_" + resource,
                granted.stream().map(Grant::getToken).collect(Collectors.joining(",")))
            .putEnvs(addressVariable(resource), String.join(",", ids));
    for (Grant grant : granted) {
      grant.getDeviceNodesList().forEach(node -> response.addDevices(spec(node)));
      grant
          .getCdiNamesList()
          .forEach(name -> response.addCdiDevices(CDIDevice.newBuilder().setName(name)));
    }
    return response.build();
  }

  /** The variable that DPDK and its kin read: {@code PCIDEVICE_EXAMPLE_COM_100G}. */
  static String addressVariable(String resource) {
    return "PCIDEVICE_" + resource.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }

  private static DeviceSpec spec(DeviceNode node) {
    return DeviceSpec.newBuilder()
        .setContainerPath(node.getContainerPath())
        .setHostPath(node.getHostPath())
        .setPermissions(node.getPermissions())
        .build();
  }

  @Override
  public void preStartContainer(
      PreStartContainerRequest request, StreamObserver<PreStartContainerResponse> observer) {
    Calls.answer(observer, PreStartContainerResponse::getDefaultInstance);
  }
}
