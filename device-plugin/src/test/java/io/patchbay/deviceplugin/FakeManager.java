package io.patchbay.deviceplugin;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.InUseResponse;
import io.patchbay.api.vf.Owner;
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
import java.util.concurrent.CopyOnWriteArrayList;

/** A sriov-manager with as many VFs as asked for, each under the same names. */
final class FakeManager extends VirtualFunctionsGrpc.VirtualFunctionsImplBase
    implements AutoCloseable {
  private final List<Outbox<Catalog>> watchers = new CopyOnWriteArrayList<>();
  final List<InUse> reports = new CopyOnWriteArrayList<>();
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
        .setPciAddress("0000:3b:01." + number)
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

  private synchronized void tell(Catalog next) {
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
    Calls.answer(observer, () -> reserve(request));
  }

  private synchronized ReserveResponse reserve(ReserveRequest request) {
    Catalog.Builder next = Catalog.newBuilder();
    List<Grant> grants = new ArrayList<>();
    for (VirtualFunction vf : catalog.getFunctionsList()) {
      boolean wanted = request.getPciAddressesList().contains(vf.getPciAddress());
      if (wanted && vf.getState() != State.FREE) {
        throw new Failure(Failure.Kind.CONFLICT, vf.getPciAddress() + " is taken");
      }
      if (wanted) {
        Grant grant =
            Grant.newBuilder()
                .setPciAddress(vf.getPciAddress())
                .setToken("token-" + vf.getNumber())
                .build();
        grants.add(grant);
      }
      Owner owner = Owner.newBuilder().setResourceName(request.getResourceName()).build();
      next.addFunctions(
          wanted ? vf.toBuilder().setState(State.RESERVED).setOwner(owner).build() : vf);
    }
    tell(next.build());
    return ReserveResponse.newBuilder().addAllGrants(grants).build();
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
