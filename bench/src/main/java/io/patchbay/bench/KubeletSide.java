package io.patchbay.bench;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.AllocateRequest;
import io.patchbay.api.deviceplugin.ContainerAllocateRequest;
import io.patchbay.api.deviceplugin.DevicePluginGrpc;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.api.vf.ReleaseRequest;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.hwsim.node.Host;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Allocates devices as a kubelet does for a container, and gives them back. */
final class KubeletSide implements AutoCloseable {
  private final String resource;
  private final Channels channels = new Channels();
  private final Url plugin;
  private final Url manager;

  KubeletSide(Host node, String resource) {
    this.resource = resource;
    this.plugin = socket(node.kubeletFolder().resolve("device-plugins"), resource);
    this.manager =
        new Url("unix", node.ownFolder().resolve("sriov-manager").resolve("vf.sock").toString());
  }

  /** The plugin's socket begins with the resource's name. */
  private static Url socket(Path folder, String resource) {
    String ours = "patchbay-" + resource.replace('/', '_') + "-*.sock";
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, ours)) {
      for (Path socket : found) {
        return new Url("unix", socket.toString());
      }
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + folder, e);
    }
    throw new Failure(Failure.Kind.NOT_FOUND, "nobody serves " + resource + " in " + folder);
  }

  /** Allocates a device; the token that its container would find in its environment. */
  String allocate(String id) {
    AllocateRequest one =
        AllocateRequest.newBuilder()
            .addContainerRequests(ContainerAllocateRequest.newBuilder().addDevicesIds(id))
            .build();
    try {
      return DevicePluginGrpc.newBlockingStub(channels.to(plugin))
          .allocate(one)
          .getContainerResponses(0)
          .getEnvsOrThrow("NSM_SRIOV_TOKENS_" + resource);
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("allocating " + id, e);
    }
  }

  /** Asks the plugin and then the manager for nothing: what two calls take. */
  void nothing() {
    try {
      var options =
          DevicePluginGrpc.newBlockingStub(channels.to(plugin))
              .getDevicePluginOptions(Empty.getDefaultInstance());
      var released =
          VirtualFunctionsGrpc.newBlockingStub(channels.to(manager))
              .release(ReleaseRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("asking for nothing", e);
    }
  }

  /** Follows the device list, until this is closed. */
  void watch(StreamObserver<ListAndWatchResponse> observer) {
    DevicePluginGrpc.newStub(channels.to(plugin))
        .listAndWatch(Empty.getDefaultInstance(), observer);
  }

  /** Gives it back. */
  void release(String id) {
    try {
      var unused =
          VirtualFunctionsGrpc.newBlockingStub(channels.to(manager))
              .release(ReleaseRequest.newBuilder().addPciAddresses(id).build());
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("releasing " + id, e);
    }
  }

  @Override
  public void close() {
    channels.close();
  }
}
