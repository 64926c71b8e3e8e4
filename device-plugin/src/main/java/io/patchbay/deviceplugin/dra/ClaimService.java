package io.patchbay.deviceplugin.dra;

import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.dra.Claim;
import io.patchbay.api.dra.DRAPluginGrpc;
import io.patchbay.api.dra.Device;
import io.patchbay.api.dra.NodePrepareResourceResponse;
import io.patchbay.api.dra.NodePrepareResourcesRequest;
import io.patchbay.api.dra.NodePrepareResourcesResponse;
import io.patchbay.api.dra.NodeUnprepareResourceResponse;
import io.patchbay.api.dra.NodeUnprepareResourcesRequest;
import io.patchbay.api.dra.NodeUnprepareResourcesResponse;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Calls;
import java.util.List;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kubelet calls for resource claims, in both versions (contracts/kubelet.md section 7).
 * Each claim of a request has an entry in the answer: the kubelet takes a missing one for failed.
 */
final class ClaimService {
  private static final Logger log = LoggerFactory.getLogger(ClaimService.class);

  /** What the kubelet is told that we serve, the newest first. */
  static final List<String> VERSIONS = List.of("v1.DRAPlugin", "v1beta1.DRAPlugin");

  private final Preparation preparation;

  ClaimService(Preparation preparation) {
    this.preparation = preparation;
  }

  List<BindableService> versions() {
    return List.of(new Stable(), new Beta());
  }

  private final class Stable extends DRAPluginGrpc.DRAPluginImplBase {
    @Override
    public void nodePrepareResources(
        NodePrepareResourcesRequest request,
        StreamObserver<NodePrepareResourcesResponse> observer) {
      Calls.answer(observer, () -> prepare(request, UnaryOperator.identity()));
    }

    @Override
    public void nodeUnprepareResources(
        NodeUnprepareResourcesRequest request,
        StreamObserver<NodeUnprepareResourcesResponse> observer) {
      Calls.answer(observer, () -> unprepare(request));
    }
  }

  /** It knows of no shares. */
  private final class Beta extends io.patchbay.api.dra.v1beta1.DRAPluginGrpc.DRAPluginImplBase {
    @Override
    public void nodePrepareResources(
        NodePrepareResourcesRequest request,
        StreamObserver<NodePrepareResourcesResponse> observer) {
      Calls.answer(
          observer, () -> prepare(request, device -> device.toBuilder().clearShareId().build()));
    }

    @Override
    public void nodeUnprepareResources(
        NodeUnprepareResourcesRequest request,
        StreamObserver<NodeUnprepareResourcesResponse> observer) {
      Calls.answer(observer, () -> unprepare(request));
    }
  }

  private NodePrepareResourcesResponse prepare(
      NodePrepareResourcesRequest request, UnaryOperator<Device> version) {
    NodePrepareResourcesResponse.Builder all = NodePrepareResourcesResponse.newBuilder();
    for (Claim claim : request.getClaimsList()) {
      NodePrepareResourceResponse.Builder one = NodePrepareResourceResponse.newBuilder();
      try {
        preparation.prepare(claim).forEach(device -> one.addDevices(version.apply(device)));
      } catch (RuntimeException e) { // whatever it is, the other claims have their answers
        one.setError(told("cannot prepare", claim, e));
      }
      all.putClaims(claim.getUid(), one.build());
    }
    return all.build();
  }

  private NodeUnprepareResourcesResponse unprepare(NodeUnprepareResourcesRequest request) {
    NodeUnprepareResourcesResponse.Builder all = NodeUnprepareResourcesResponse.newBuilder();
    for (Claim claim : request.getClaimsList()) {
      NodeUnprepareResourceResponse.Builder one = NodeUnprepareResourceResponse.newBuilder();
      try {
        preparation.unprepare(claim);
      } catch (RuntimeException e) { // as above
        one.setError(told("cannot unprepare", claim, e));
      }
      all.putClaims(claim.getUid(), one.build());
    }
    return all.build();
  }

  private static String told(String what, Claim claim, RuntimeException e) {
    String why = Failure.text(e);
    log.warn("{} {}/{}: {}", what, claim.getNamespace(), claim.getName(), why);
    return why.isEmpty() ? e.getClass().getSimpleName() : why;
  }
}
