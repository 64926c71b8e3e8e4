package io.patchbay.deviceplugin;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.InUseResponse;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.ReleaseRequest;
import io.patchbay.api.vf.ReleaseResponse;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.ReserveResponse;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.Outbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A sriov-manager with as many VFs as asked for, each under the same names. */
final class FakeManager extends VirtualFunctionsGrpc.VirtualFunctionsImplBase
    implements AutoCloseable {
  private final List<Outbox<Catalog>> watchers = new CopyOnWriteArrayList<>();
  final List<InUse> reports = new CopyOnWriteArrayList<>();

  /** How long each who reserved would wait for the answer, in milliseconds when it was asked. */
  final List<Long> patience = new CopyOnWriteArrayList<>();

  private final Url url;
  private Catalog catalog = Catalog.getDefaultInstance();
  private GrpcServer server;

  FakeManager(Path socket) {
    this.url = new Url("unix", socket.toString());
  }

  void start() {
    server = GrpcServer.start(List.of(url), List.of(this));
  }

  void stop() {
    watchers.forEach(Outbox::close);
    server.close();
  }

  static VirtualFunction function(int number, List<String> names) {
    return VirtualFunction.newBuilder()
        .setPciAddress("0000:3b:%02x.%d".formatted(1 + number / 8, number % 8))
        .setPfAddress("0000:3b:00.0")
        .setNumber(number)
        .setNumaNode(1)
        .addAllResourceNames(names)
        .setState(State.FREE)
        .build();
  }

  synchronized void has(int functions, String... names) {
    Catalog.Builder next = Catalog.newBuilder();
    for (int i = 0; i < functions; i++) {
      next.addFunctions(function(i, List.of(names)));
    }
    tell(next.build());
  }

  /** The kubelet was seen to have given a VF to a pod. */
  synchronized void seen(String pod, String resource, int number) {
    Owner owner = Owner.newBuilder().setResourceName(resource).setPodName(pod).build();
    VirtualFunction taken =
        catalog.getFunctions(number).toBuilder().setState(State.HELD).setOwner(owner).build();
    tell(catalog.toBuilder().setFunctions(number, taken).build());
  }

  /** Something happens to a VF. */
  synchronized void becomes(int number, UnaryOperator<VirtualFunction.Builder> change) {
    VirtualFunction.Builder vf = catalog.getFunctions(number).toBuilder();
    tell(catalog.toBuilder().setFunctions(number, change.apply(vf).build()).build());
  }

  /** The first so many VFs are driven by their containers, two of them in each IOMMU group. */
  synchronized void drivenByContainers(int functions) {
    Catalog.Builder next = catalog.toBuilder();
    for (int i = 0; i < functions; i++) {
      next.getFunctionsBuilder(i).setDriver("vfio-pci").setIommuGroup(Integer.toString(40 + i / 2));
    }
    tell(next.build());
  }

  /** What it last told. */
  synchronized Catalog catalog() {
    return catalog;
  }

  synchronized void tell(Catalog next) {
    catalog = next;
    watchers.forEach(watcher -> watcher.offer(next));
  }

  @Override
  public synchronized void watch(WatchRequest request, StreamObserver<Catalog> observer) {
    Outbox<Catalog> outbox =
        new Outbox<>((ServerCallStreamObserver<Catalog>) observer, 1, each -> "");
    watchers.add(outbox);
    outbox.onEnd(() -> watchers.remove(outbox));
    outbox.offer(catalog);
  }

  @Override
  public void reserve(ReserveRequest request, StreamObserver<ReserveResponse> observer) {
    Deadline deadline = Objects.requireNonNull(Context.current().getDeadline());
    patience.add(deadline.timeRemaining(TimeUnit.MILLISECONDS));
    Calls.answer(observer, () -> reserve(request));
  }

  private synchronized ReserveResponse reserve(ReserveRequest request) {
    List<Grant> grants = new ArrayList<>();
    Catalog.Builder next = catalog.toBuilder();
    for (String address : request.getPciAddressesList()) {
      int index = index(address);
      VirtualFunction vf = catalog.getFunctions(index);
      String owner = vf.getOwner().getResourceName();
      boolean again =
          vf.getState() == State.RESERVED
              && owner.equals(request.getResourceName())
              && vf.getOwner().getResourceClaim().equals(request.getResourceClaim());
      if (vf.getState() != State.FREE && !again) {
        throw new Failure(Failure.Kind.CONFLICT, vf.getPciAddress() + " is taken");
      }
      grants.add(grant(vf));
      next.setFunctions(
          index,
          vf.toBuilder()
              .setState(State.RESERVED)
              .setOwner(
                  Owner.newBuilder()
                      .setResourceName(request.getResourceName())
                      .setPodName(request.getPodName())
                      .setResourceClaim(request.getResourceClaim())));
    }
    tell(next.build());
    return ReserveResponse.newBuilder().addAllGrants(grants).build();
  }

  @Override
  public void release(ReleaseRequest request, StreamObserver<ReleaseResponse> observer) {
    Calls.answer(observer, () -> release(request.getResourceClaim()));
  }

  private synchronized ReleaseResponse release(String claim) {
    Catalog.Builder next = catalog.toBuilder();
    next.getFunctionsBuilderList().stream()
        .filter(vf -> !claim.isEmpty() && vf.getOwner().getResourceClaim().equals(claim))
        .forEach(vf -> vf.setState(State.FREE).clearOwner());
    tell(next.build());
    return ReleaseResponse.getDefaultInstance();
  }

  private int index(String address) {
    for (int i = 0; i < catalog.getFunctionsCount(); i++) {
      if (catalog.getFunctions(i).getPciAddress().equals(address)) {
        return i;
      }
    }
    throw new Failure(Failure.Kind.NOT_FOUND, "there is no VF " + address);
  }

  private static Grant grant(VirtualFunction vf) {
    Grant.Builder grant =
        Grant.newBuilder().setPciAddress(vf.getPciAddress()).setToken("token-" + vf.getNumber());
    if (vf.getDriver().equals("vfio-pci")) {
      grant.addDeviceNodes(node("/dev/vfio/vfio"));
      grant.addDeviceNodes(node("/dev/vfio/" + vf.getIommuGroup()));
    }
    return grant.build();
  }

  private static DeviceNode node(String path) {
    return DeviceNode.newBuilder()
        .setContainerPath(path)
        .setHostPath(path)
        .setPermissions("rw")
        .build();
  }

  @Override
  public void reportInUse(InUse request, StreamObserver<InUseResponse> observer) {
    reports.add(request);
    Calls.answer(observer, InUseResponse::getDefaultInstance);
  }

  @Override
  public void close() {
    stop();
  }
}
