package io.patchbay.hwsim.kubelet;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.RegisterRequest;
import io.patchbay.api.deviceplugin.RegistrationGrpc;
import io.patchbay.sockets.Calls;

/** The face of the device manager on {@code kubelet.sock}. */
final class RegistrationService extends RegistrationGrpc.RegistrationImplBase {
  private final NodeDevices devices;

  RegistrationService(NodeDevices devices) {
    this.devices = devices;
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<Empty> observer) {
    Calls.answer(
        observer,
        () -> {
          devices.register(request);
          return Empty.getDefaultInstance();
        });
  }
}
