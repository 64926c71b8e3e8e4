package io.patchbay.hwsim.kubelet;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.deviceplugin.AllocateRequest;
import io.patchbay.api.deviceplugin.ContainerAllocateRequest;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationRequest;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationResponse;
import io.patchbay.api.deviceplugin.DevicePluginGrpc;
import io.patchbay.api.deviceplugin.DevicePluginGrpc.DevicePluginBlockingStub;
import io.patchbay.api.deviceplugin.DevicePluginOptions;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.PreStartContainerRequest;
import io.patchbay.api.deviceplugin.PreferredAllocationRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kubelet's end of the connection to one device plugin socket. {@link #watch} runs on a virtual
 * thread of its own until the plugin or {@link #close} ends it; the other calls block their caller
 * and throw {@link Failure} in the words of the plugin.
 */
final class PluginEndpoint implements AutoCloseable {
  /** contracts/kubelet.md 1.1: how long the kubelet waits for the plugin's socket. */
  private static final Duration DIAL = Duration.ofSeconds(10);

  /** contracts/kubelet.md 1.1. */
  private static final Duration PRE_START = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(PluginEndpoint.class);

  private final Path socket;
  private final Channels channels;
  private final DevicePluginBlockingStub stub;
  private final DevicePluginOptions options;

  private PluginEndpoint(
      Path socket, Channels channels, DevicePluginBlockingStub stub, DevicePluginOptions options) {
    this.socket = socket;
    this.channels = channels;
    this.stub = stub;
    this.options = options;
  }

  /** Dials a plugin and asks for its options. */
  static PluginEndpoint dial(Path socket, Kubelet.Authority authority) {
    Channels channels = new Channels();
    try {
      Channel channel = channels.to(new Url("unix", socket.toString()));
      DevicePluginBlockingStub stub =
          DevicePluginGrpc.newBlockingStub(
              ClientInterceptors.intercept(channel, withAuthority(authority.text(socket))));
      DevicePluginOptions options =
          calling(
              "failed to dial device plugin at " + socket,
              () ->
                  stub.withWaitForReady()
                      .withDeadlineAfter(DIAL.toMillis(), TimeUnit.MILLISECONDS)
                      .getDevicePluginOptions(Empty.getDefaultInstance()));
      return new PluginEndpoint(socket, channels, stub, options);
    } catch (RuntimeException e) {
      channels.close();
      throw e;
    }
  }

  private static ClientInterceptor withAuthority(String authority) {
    return new ClientInterceptor() {
      @Override
      public <Q, R> ClientCall<Q, R> interceptCall(
          MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return next.newCall(method, options.withAuthority(authority));
      }
    };
  }

  /**
   * Follows the plugin's list: each one goes to {@code received} as it arrives; {@code ended} runs
   * once, when there will be no more.
   */
  void watch(Consumer<DeviceList> received, Runnable ended) {
    Thread.ofVirtual()
        .name("list-and-watch " + socket.getFileName())
        .start(() -> {
          try {
            stub.listAndWatch(Empty.getDefaultInstance())
                .forEachRemaining(list -> received.accept(DeviceList.of(list)));
            log.info("{} ended its list of devices", socket);
          } catch (StatusRuntimeException e) {
            log.info("{} is gone: {}", socket, Failure.text(e));
          } finally {
            ended.run();
          }
        });
  }

  /** Which ids the plugin would take, in its order; none if it does not want to be asked. */
  List<String> preferred(Collection<String> available, Collection<String> included, int size) {
    if (!options.getGetPreferredAllocationAvailable()) {
      return List.of();
    }
    PreferredAllocationRequest request =
        PreferredAllocationRequest.newBuilder()
            .addContainerRequests(
                ContainerPreferredAllocationRequest.newBuilder()
                    .addAllAvailableDeviceIDs(available)
                    .addAllMustIncludeDeviceIDs(included)
                    .setAllocationSize(size))
            .build();
    return calling("rpc error", () -> stub.getPreferredAllocation(request))
        .getContainerResponsesList()
        .stream()
        .findFirst()
        .map(ContainerPreferredAllocationResponse::getDeviceIDsList)
        .map(List::<String>copyOf)
        .orElse(List.of());
  }

  /** Takes these ids for one container; like the kubelet's, this call has no deadline. */
  ContainerAllocateResponse allocate(Collection<String> ids) {
    AllocateRequest request =
        AllocateRequest.newBuilder()
            .addContainerRequests(ContainerAllocateRequest.newBuilder().addAllDevicesIds(ids))
            .build();
    List<ContainerAllocateResponse> responses =
        calling("rpc error", () -> stub.allocate(request)).getContainerResponsesList();
    if (responses.size() != 1) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          "%s answered Allocate for 1 container with %d".formatted(socket, responses.size()));
    }
    return responses.getFirst();
  }

  /** Tells a plugin that wants to know that a container with these ids starts. */
  void preStart(Collection<String> ids) {
    if (options.getPreStartRequired()) {
      PreStartContainerRequest request =
          PreStartContainerRequest.newBuilder().addAllDevicesIds(ids).build();
      calling(
          "device plugin PreStartContainer rpc failed with err",
          () ->
              stub.withDeadlineAfter(PRE_START.toMillis(), TimeUnit.MILLISECONDS)
                  .preStartContainer(request));
    }
  }

  private static <R> R calling(String what, Supplier<R> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure(what, e);
    }
  }

  @Override
  public void close() {
    channels.close();
  }
}
