package io.patchbay.deviceplugin;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.pluginregistration.InfoRequest;
import io.patchbay.api.pluginregistration.PluginInfo;
import io.patchbay.api.pluginregistration.RegistrationGrpc.RegistrationImplBase;
import io.patchbay.api.pluginregistration.RegistrationStatus;
import io.patchbay.api.pluginregistration.RegistrationStatusResponse;
import io.patchbay.sockets.Calls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the kubelet's plugin watcher what it has found (contracts/kubelet.md section 5). The same
 * socket serves the devices: an absent endpoint says so. Thread-safe.
 */
final class WatcherIdentity extends RegistrationImplBase {
  private static final Logger log = LoggerFactory.getLogger(WatcherIdentity.class);

  private final PluginInfo told;

  WatcherIdentity(String resource) {
    this.told =
        PluginInfo.newBuilder()
            .setType("DevicePlugin")
            .setName(resource)
            .addSupportedVersions(Registration.VERSION)
            .build();
  }

  @Override
  public void getInfo(InfoRequest request, StreamObserver<PluginInfo> observer) {
    Calls.answer(observer, () -> told);
  }

  @Override
  public void notifyRegistrationStatus(
      RegistrationStatus request, StreamObserver<RegistrationStatusResponse> observer) {
    if (request.getPluginRegistered()) {
      log.info("{} is registered by the kubelet's plugin watcher", told.getName());
    } else {
      log.warn("the kubelet's plugin watcher refuses {}: {}", told.getName(), request.getError());
    }
    Calls.answer(observer, RegistrationStatusResponse::getDefaultInstance);
  }
}
