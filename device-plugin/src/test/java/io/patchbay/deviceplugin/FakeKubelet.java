package io.patchbay.deviceplugin;

import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.AllocateRequest;
import io.patchbay.api.deviceplugin.AllocateResponse;
import io.patchbay.api.deviceplugin.ContainerAllocateRequest;
import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.DevicePluginGrpc;
import io.patchbay.api.deviceplugin.DevicePluginOptions;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.api.deviceplugin.RegisterRequest;
import io.patchbay.api.deviceplugin.RegistrationGrpc;
import io.patchbay.api.podresources.ContainerDevices;
import io.patchbay.api.podresources.ContainerResources;
import io.patchbay.api.podresources.ListPodResourcesRequest;
import io.patchbay.api.podresources.ListPodResourcesResponse;
import io.patchbay.api.podresources.PodResources;
import io.patchbay.api.podresources.PodResourcesListerGrpc;
import io.patchbay.base.Await;
import io.patchbay.base.Url;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** A kubelet that does on real sockets what a device plugin sees of one. */
final class FakeKubelet implements AutoCloseable {
  final Path plugins;
  final Path podResources;
  private final Map<String, RegisterRequest> registered = new ConcurrentHashMap<>();
  private final Map<String, Map<String, String>> devices = new ConcurrentHashMap<>();
  private final Map<String, DevicePluginOptions> options = new ConcurrentHashMap<>();
  private volatile ListPodResourcesResponse pods = ListPodResourcesResponse.getDefaultInstance();
  private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
  private final Map<String, String> waits = new ConcurrentHashMap<>();
  private Channels channels = new Channels();
  private GrpcServer server;
  private GrpcServer resources;

  FakeKubelet(Path folder) {
    plugins = folder.resolve("device-plugins");
    podResources = folder.resolve("pod-resources");
  }

  /** As at a real start: every socket in the folder goes, then its own comes. */
  void start() throws IOException {
    Files.createDirectories(plugins);
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(plugins, "*.sock")) {
      for (Path socket : sockets) {
        Files.delete(socket);
      }
    }
    channels = new Channels();
    server = serve(plugins, new Registration());
    resources = serve(podResources, new Lister());
  }

  private static GrpcServer serve(Path folder, io.grpc.BindableService service) {
    Url url = new Url("unix", folder.resolve("kubelet.sock").toString());
    return GrpcServer.start(List.of(url), List.of(service));
  }

  void stop() {
    channels.close();
    server.close();
    resources.close();
    registered.clear();
    devices.clear();
  }

  Map<String, RegisterRequest> registered() {
    return new TreeMap<>(registered);
  }

  /** Device id to health of one name, as the last list said. */
  Map<String, String> devices(String resource) {
    return devices.getOrDefault(resource, Map.of());
  }

  DevicePluginOptions options(String resource) {
    return options.getOrDefault(resource, DevicePluginOptions.getDefaultInstance());
  }

  List<String> healthy(String resource) {
    return devices(resource).entrySet().stream()
        .filter(entry -> entry.getValue().equals("Healthy"))
        .map(Map.Entry::getKey)
        .toList();
  }

  AllocateResponse allocate(String resource, String... ids) {
    AllocateRequest request =
        AllocateRequest.newBuilder()
            .addContainerRequests(
                ContainerAllocateRequest.newBuilder().addAllDevicesIds(List.of(ids)))
            .build();
    return plugin(resource).allocate(request);
  }

  DevicePluginGrpc.DevicePluginBlockingStub plugin(String resource) {
    return DevicePluginGrpc.newBlockingStub(channel(registered.get(resource)));
  }

  private Channel channel(RegisterRequest request) {
    return channels.to(new Url("unix", plugins.resolve(request.getEndpoint()).toString()));
  }

  /** Registering the one name takes until the other is registered. */
  void letWait(String resource, String other) {
    registered.clear();
    attempts.clear();
    waits.put(resource, other);
  }

  /** How often a name was to be registered. */
  int attempts(String resource) {
    return attempts.getOrDefault(resource, 0);
  }

  /** Lists no pods, as if it had yet to find them. */
  void forget() {
    pods = ListPodResourcesResponse.getDefaultInstance();
  }

  void runs(String pod, String resource, String id) {
    ContainerDevices device =
        ContainerDevices.newBuilder().setResourceName(resource).addDeviceIds(id).build();
    pods =
        pods.toBuilder()
            .addPodResources(
                PodResources.newBuilder()
                    .setNamespace("default")
                    .setName(pod)
                    .addContainers(
                        ContainerResources.newBuilder().setName("app").addDevices(device)))
            .build();
  }

  private final class Registration extends RegistrationGrpc.RegistrationImplBase {
    @Override
    public void register(RegisterRequest request, StreamObserver<Empty> observer) {
      Calls.answer(
          observer,
          () -> {
            attempts.merge(request.getResourceName(), 1, Integer::sum);
            String first = waits.getOrDefault(request.getResourceName(), "");
            Await.until(
                first + " is registered",
                Duration.ofSeconds(10),
                () -> first.isEmpty() || registered.containsKey(first));
            options.put(
                request.getResourceName(),
                DevicePluginGrpc.newBlockingStub(channel(request))
                    .getDevicePluginOptions(Empty.getDefaultInstance()));
            registered.put(request.getResourceName(), request);
            Thread.ofVirtual().start(() -> watch(request));
            return Empty.getDefaultInstance();
          });
    }
  }

  private void watch(RegisterRequest request) {
    try {
      Iterator<ListAndWatchResponse> lists =
          DevicePluginGrpc.newBlockingStub(channel(request))
              .listAndWatch(Empty.getDefaultInstance());
      while (lists.hasNext()) {
        devices.put(
            request.getResourceName(),
            lists.next().getDevicesList().stream()
                .collect(Collectors.toMap(Device::getID, Device::getHealth)));
      }
    } catch (StatusRuntimeException end) {
      devices.remove(request.getResourceName());
    }
  }

  private final class Lister extends PodResourcesListerGrpc.PodResourcesListerImplBase {
    @Override
    public void list(
        ListPodResourcesRequest request, StreamObserver<ListPodResourcesResponse> observer) {
      Calls.answer(observer, () -> pods);
    }
  }

  @Override
  public void close() {
    stop();
  }
}
