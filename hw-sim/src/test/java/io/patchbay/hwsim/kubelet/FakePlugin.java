package io.patchbay.hwsim.kubelet;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.AllocateRequest;
import io.patchbay.api.deviceplugin.AllocateResponse;
import io.patchbay.api.deviceplugin.ContainerAllocateRequest;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationResponse;
import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.DevicePluginGrpc;
import io.patchbay.api.deviceplugin.DevicePluginOptions;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.api.deviceplugin.NUMANode;
import io.patchbay.api.deviceplugin.PreStartContainerRequest;
import io.patchbay.api.deviceplugin.PreStartContainerResponse;
import io.patchbay.api.deviceplugin.PreferredAllocationRequest;
import io.patchbay.api.deviceplugin.PreferredAllocationResponse;
import io.patchbay.api.deviceplugin.RegisterRequest;
import io.patchbay.api.deviceplugin.RegistrationGrpc;
import io.patchbay.api.deviceplugin.TopologyInfo;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A device plugin that serves one resource on a real socket and notes the calls it gets. */
public final class FakePlugin extends DevicePluginGrpc.DevicePluginImplBase
    implements AutoCloseable {
  /** Every call so far, in order: the method's name and what was asked. */
  final List<String> calls = new CopyOnWriteArrayList<>();

  final Path folder;
  final String resource;
  private final String endpoint;
  volatile boolean wantsPreference = true;
  volatile boolean wantsPreStart;
  volatile @Nullable Failure allocateFailure;
  volatile List<String> preference = List.of();
  private final List<StreamObserver<ListAndWatchResponse>> watchers = new CopyOnWriteArrayList<>();
  private volatile ListAndWatchResponse list = ListAndWatchResponse.getDefaultInstance();
  private GrpcServer server;

  public FakePlugin(Path deviceFolder, String resource) {
    this(deviceFolder, resource, resource.replace('/', '-') + ".sock");
  }

  public FakePlugin(Path deviceFolder, String resource, String endpoint) {
    this.folder = deviceFolder;
    this.resource = resource;
    this.endpoint = endpoint;
    this.server = serve();
  }

  private GrpcServer serve() {
    return GrpcServer.start(List.of(new Url("unix", socket().toString())), List.of(this));
  }

  Path socket() {
    return folder.resolve(endpoint);
  }

  public static Device healthy(String id) {
    return Device.newBuilder().setID(id).setHealth("Healthy").build();
  }

  static Device unhealthy(String id) {
    return Device.newBuilder().setID(id).setHealth("Unhealthy").build();
  }

  static Device onNumaNode(String id, long node) {
    return healthy(id).toBuilder()
        .setTopology(TopologyInfo.newBuilder().addNodes(NUMANode.newBuilder().setID(node)))
        .build();
  }

  public void list(Device... devices) {
    list = ListAndWatchResponse.newBuilder().addAllDevices(List.of(devices)).build();
    watchers.forEach(watcher -> watcher.onNext(list));
  }

  public void register() {
    register("v1beta1");
  }

  void register(String version) {
    try (Channels channels = new Channels()) {
      Url kubelet = new Url("unix", folder.resolve("kubelet.sock").toString());
      RegistrationGrpc.newBlockingStub(channels.to(kubelet))
          .register(
              RegisterRequest.newBuilder()
                  .setVersion(version)
                  .setEndpoint(socket().getFileName().toString())
                  .setResourceName(resource)
                  .build());
    }
  }

  /** Binds its socket again, as a plugin does that saw it vanish. */
  void bindAgain() {
    server.close();
    watchers.clear();
    server = serve();
  }

  @Override
  public void getDevicePluginOptions(Empty request, StreamObserver<DevicePluginOptions> observer) {
    calls.add("options");
    Calls.answer(
        observer,
        () ->
            DevicePluginOptions.newBuilder()
                .setGetPreferredAllocationAvailable(wantsPreference)
                .setPreStartRequired(wantsPreStart)
                .build());
  }

  @Override
  public void listAndWatch(Empty request, StreamObserver<ListAndWatchResponse> observer) {
    calls.add("watch");
    ((ServerCallStreamObserver<ListAndWatchResponse>) observer)
        .setOnCancelHandler(() -> watchers.remove(observer));
    watchers.add(observer);
    observer.onNext(list);
  }

  @Override
  public void getPreferredAllocation(
      PreferredAllocationRequest request, StreamObserver<PreferredAllocationResponse> observer) {
    var container = request.getContainerRequests(0);
    calls.add(
        "prefer %d of %s with %s"
            .formatted(
                container.getAllocationSize(),
                container.getAvailableDeviceIDsList().stream().sorted().toList(),
                container.getMustIncludeDeviceIDsList()));
    Calls.answer(
        observer,
        () ->
            PreferredAllocationResponse.newBuilder()
                .addContainerResponses(
                    ContainerPreferredAllocationResponse.newBuilder().addAllDeviceIDs(preference))
                .build());
  }

  @Override
  public void allocate(AllocateRequest request, StreamObserver<AllocateResponse> observer) {
    List<String> ids = new ArrayList<>();
    for (ContainerAllocateRequest container : request.getContainerRequestsList()) {
      ids.addAll(container.getDevicesIdsList());
    }
    calls.add("allocate " + ids);
    Calls.answer(
        observer,
        () -> {
          Failure failure = allocateFailure;
          if (failure != null) {
            throw failure;
          }
          return AllocateResponse.newBuilder()
              .addContainerResponses(
                  ContainerAllocateResponse.newBuilder()
                      .putEnvs("TOKENS_" + resource, String.join(",", ids)))
              .build();
        });
  }

  @Override
  public void preStartContainer(
      PreStartContainerRequest request, StreamObserver<PreStartContainerResponse> observer) {
    calls.add("prestart " + request.getDevicesIdsList());
    Calls.answer(observer, PreStartContainerResponse::getDefaultInstance);
  }

  @Override
  public void close() {
    server.close();
  }
}
