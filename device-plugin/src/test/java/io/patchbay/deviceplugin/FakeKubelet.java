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
import io.patchbay.api.pluginregistration.InfoRequest;
import io.patchbay.api.pluginregistration.PluginInfo;
import io.patchbay.api.pluginregistration.RegistrationStatus;
import io.patchbay.api.podresources.ClaimResource;
import io.patchbay.api.podresources.ContainerDevices;
import io.patchbay.api.podresources.ContainerResources;
import io.patchbay.api.podresources.DynamicResource;
import io.patchbay.api.podresources.ListPodResourcesRequest;
import io.patchbay.api.podresources.ListPodResourcesResponse;
import io.patchbay.api.podresources.PodResources;
import io.patchbay.api.podresources.PodResourcesListerGrpc;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A kubelet that does on real sockets what a device plugin sees of one. */
final class FakeKubelet implements AutoCloseable {
  final Path plugins;
  final Path watched;
  final Path podResources;
  private final Map<String, RegisterRequest> registered = new ConcurrentHashMap<>();
  private final Map<String, Map<String, String>> devices = new ConcurrentHashMap<>();
  private final Map<String, DevicePluginOptions> options = new ConcurrentHashMap<>();
  private volatile ListPodResourcesResponse pods = ListPodResourcesResponse.getDefaultInstance();
  private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
  private final Map<String, String> waits = new ConcurrentHashMap<>();
  private volatile Channels channels = new Channels();
  private GrpcServer server;
  private GrpcServer resources;
  private final Map<String, AtomicInteger> listening = new ConcurrentHashMap<>();
  private final Map<String, List<ListAndWatchResponse>> received = new ConcurrentHashMap<>();
  private final Map<String, PluginInfo> infos = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final Set<Path> come = ConcurrentHashMap.newKeySet();
  private volatile Optional<Failure> podsFailure = Optional.empty();
  private volatile boolean listens = true;
  private volatile boolean looks;
  private Thread watcher = Thread.ofVirtual().unstarted(() -> {});

  FakeKubelet(Path folder) {
    plugins = folder.resolve("device-plugins");
    watched = folder.resolve("plugins_registry");
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
    resources = serve(podResources, new Lister());
    server = serve(plugins, new Registration());
    if (looks) {
      look();
    }
  }

  /** From now on it looks for plugins by itself, in a folder that is there. */
  void watchPlugins() throws IOException {
    Files.createDirectories(watched);
    looks = true;
    look();
  }

  private void look() {
    come.clear();
    watcher = Thread.ofVirtual().start(this::watchFolder);
  }

  /** Looks again and again, as the kubelet's reconciler does; hidden files are none. */
  private void watchFolder() {
    try {
      while (true) {
        found().stream().filter(come::add).forEach(this::comeTo);
        Time.system().sleep(Duration.ofMillis(10));
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  /** The sockets that a watcher would come to. */
  List<Path> found() {
    try (Stream<Path> files = Files.list(watched)) {
      return files.filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
    } catch (IOException absent) {
      return List.of();
    }
  }

  private void comeTo(Path socket) {
    Channel channel = channels.to(new Url("unix", socket.toString()));
    var stub = io.patchbay.api.pluginregistration.RegistrationGrpc.newBlockingStub(channel);
    PluginInfo info = stub.getInfo(InfoRequest.getDefaultInstance());
    Path endpoint = info.getEndpoint().isEmpty() ? socket : Path.of(info.getEndpoint());
    infos.put(info.getName(), info);
    if (info.getType().equals("DRAPlugin")) {
      var told = stub.notifyRegistrationStatus(status(true, ""));
      return;
    }
    RegisterRequest request =
        RegisterRequest.newBuilder()
            .setVersion(info.getSupportedVersions(0))
            .setEndpoint(endpoint.toString())
            .setResourceName(info.getName())
            .build();
    take(request);
    var unused = stub.notifyRegistrationStatus(status(true, ""));
  }

  private static RegistrationStatus status(boolean registered, String error) {
    return RegistrationStatus.newBuilder().setPluginRegistered(registered).setError(error).build();
  }

  private static GrpcServer serve(Path folder, io.grpc.BindableService service) {
    Url url = new Url("unix", folder.resolve("kubelet.sock").toString());
    return GrpcServer.start(List.of(url), List.of(service));
  }

  void stop() {
    watcher.interrupt();
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

  /** How often it was asked which pod has what. */
  int asked() {
    return asked.get();
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

  /** Lists a device that a pod has by a claim. */
  void claims(String pod, String claim, ClaimResource device) {
    DynamicResource resource =
        DynamicResource.newBuilder()
            .setClaimNamespace("default")
            .setClaimName(claim)
            .addClaimResources(device)
            .build();
    pods =
        pods.toBuilder()
            .addPodResources(
                PodResources.newBuilder()
                    .setNamespace("default")
                    .setName(pod)
                    .addContainers(
                        ContainerResources.newBuilder()
                            .setName("app")
                            .addDynamicResources(resource)))
            .build();
  }

  /** What the driver of this name serves on its own socket. */
  Channel driver(String name) {
    return channels.to(new Url("unix", info(name).getEndpoint()));
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
            take(request);
            return Empty.getDefaultInstance();
          });
    }
  }

  /** Dials back at once: who registers must serve already. */
  private void take(RegisterRequest request) {
    options.put(
        request.getResourceName(),
        DevicePluginGrpc.newBlockingStub(channel(request))
            .getDevicePluginOptions(Empty.getDefaultInstance()));
    registered.put(request.getResourceName(), request);
    if (listens) {
      Thread.ofVirtual().start(() -> watch(request));
    }
  }

  private void watch(RegisterRequest request) {
    AtomicInteger here =
        listening.computeIfAbsent(request.getResourceName(), unused -> new AtomicInteger());
    here.incrementAndGet();
    Channels mine = channels;
    try {
      Iterator<ListAndWatchResponse> lists =
          DevicePluginGrpc.newBlockingStub(channel(request))
              .listAndWatch(Empty.getDefaultInstance());
      while (lists.hasNext()) {
        ListAndWatchResponse list = lists.next();
        received(request.getResourceName()).add(list);
        devices.put(
            request.getResourceName(),
            list.getDevicesList().stream()
                .collect(Collectors.toMap(Device::getID, Device::getHealth)));
      }
    } catch (StatusRuntimeException end) {
      if (mine == channels) { // and not of an earlier life
        devices.remove(request.getResourceName());
      }
    } finally {
      here.decrementAndGet();
    }
  }

  /** All lists of a name that came, in their order. */
  List<ListAndWatchResponse> received(String resource) {
    return received.computeIfAbsent(resource, unused -> new CopyOnWriteArrayList<>());
  }

  /** How many lists of a name it follows now. */
  int listening(String resource) {
    return listening.getOrDefault(resource, new AtomicInteger()).get();
  }

  /** Whether it follows the list of who registers from now on. */
  void listens(boolean wanted) {
    listens = wanted;
  }

  /** What a plugin said to the watcher. */
  PluginInfo info(String resource) {
    return infos.getOrDefault(resource, PluginInfo.getDefaultInstance());
  }

  /** From now on it cannot say which pod has what, or can again. */
  void podsFail(Optional<Failure> failure) {
    podsFailure = failure;
  }

  private final class Lister extends PodResourcesListerGrpc.PodResourcesListerImplBase {
    @Override
    public void list(
        ListPodResourcesRequest request, StreamObserver<ListPodResourcesResponse> observer) {
      Calls.answer(
          observer,
          () -> {
            asked.incrementAndGet();
            podsFailure.ifPresent(failure -> {
              throw failure;
            });
            return pods;
          });
    }
  }

  @Override
  public void close() {
    stop();
  }
}
