package io.patchbay.torshims;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.SetResponse;
import io.patchbay.api.gnmi.Update;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import java.util.concurrent.CompletableFuture;

/** An operator's hand on the network instances of a switch. */
final class Hand {
  private final SimulatedSwitch tor;

  Hand(SimulatedSwitch tor) {
    this.tor = tor;
  }

  /** Takes one away. */
  void delete(String instance) {
    set(SetRequest.newBuilder().addDelete(path(instance)).build());
  }

  /** Takes all VLANs from one. */
  void empty(String instance) {
    Path.Builder vlans = path(instance).toBuilder();
    vlans.addElemBuilder().setName("vlans");
    set(SetRequest.newBuilder().addDelete(vlans).build());
  }

  /** Adds to one, as JSON. */
  void add(String instance, String json) {
    Update.Builder update = Update.newBuilder().setPath(path(instance));
    update.getValBuilder().setJsonIetfVal(ByteString.copyFromUtf8(json));
    set(SetRequest.newBuilder().addUpdate(update).build());
  }

  private static Path path(String instance) {
    Path.Builder path = Path.newBuilder();
    path.addElemBuilder().setName("network-instances");
    path.addElemBuilder().setName("network-instance").putKey("name", instance);
    return path.build();
  }

  private void set(SetRequest request) {
    CompletableFuture<SetResponse> answer = new CompletableFuture<>();
    tor.gnmi()
        .set(
            request,
            new StreamObserver<>() {
              @Override
              public void onNext(SetResponse value) {
                answer.complete(value);
              }

              @Override
              public void onError(Throwable error) {
                answer.completeExceptionally(error);
              }

              @Override
              public void onCompleted() {}
            });
    var unused = answer.join();
  }
}
