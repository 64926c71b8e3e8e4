package io.patchbay.deviceplugin;

import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.ReleaseRequest;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.VirtualFunctionsGrpc.VirtualFunctionsBlockingStub;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.deviceplugin.dra.ClaimGrants;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Talks to sriov-manager: follows its catalog on a thread of its own, reserves, reports. */
final class SriovManagerClient implements Grants, ClaimGrants, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SriovManagerClient.class);
  private static final Backoff PACE = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * For what the kubelet's device manager wants, which may still be on its way home from the pod
   * before. The kubelet waits for Allocate without end and admits no other pod meanwhile, but a pod
   * that is refused fails for good (contracts/kubelet.md section 2.3).
   */
  private static final Duration ALLOCATE = Duration.ofSeconds(25);

  private final Channel channel;
  private final Sights sights;
  private final Time time;
  private final Thread watcher;
  private volatile boolean closed;

  SriovManagerClient(Channel channel, Sights sights, Time time) {
    this.channel = channel;
    this.sights = sights;
    this.time = time;
    this.watcher = Thread.ofVirtual().name("manager-watch").start(this::watch);
  }

  private void watch() {
    int failures = 0;
    while (!closed) {
      CatalogInbox inbox = new CatalogInbox();
      try {
        VirtualFunctionsGrpc.newStub(channel)
            .withWaitForReady()
            .watch(WatchRequest.newBuilder().setChanges(true).build(), inbox);
        for (var told = inbox.take(); told.isPresent(); told = inbox.take()) {
          sights.told(told.get());
          failures = 0;
        }
        log.warn("sriov-manager cannot be followed: {}", inbox.end());
      } catch (InterruptedException e) {
        closed = true;
      } catch (RuntimeException e) { // of somebody who was told: the next stream tells all anew
        log.error("what sriov-manager tells is not followed by all", e);
      } finally {
        inbox.cancel();
      }
      sights.lost();
      pause(PACE.pause(++failures));
    }
  }

  private void pause(Duration pause) {
    try {
      time.sleep(pause);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  @Override
  public List<Grant> reserve(String resource, List<String> ids) {
    return reserve(
        ReserveRequest.newBuilder().setResourceName(resource).addAllPciAddresses(ids).build(),
        ALLOCATE);
  }

  @Override
  public List<Grant> reserve(ReserveRequest request) {
    return reserve(request, PATIENCE);
  }

  private List<Grant> reserve(ReserveRequest request, Duration patience) {
    List<String> ids = request.getPciAddressesList();
    try {
      List<Grant> grants = stub(patience).reserve(request).getGrantsList();
      if (grants.size() != ids.size()) {
        throw new Failure(
            Failure.Kind.INTERNAL, "asked for " + ids + ", sriov-manager granted " + grants);
      }
      return grants;
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("reserving " + ids + " as " + request.getResourceName(), e);
    }
  }

  @Override
  public void release(String claim) {
    try {
      var unused =
          stub(PATIENCE).release(ReleaseRequest.newBuilder().setResourceClaim(claim).build());
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("releasing what resource claim " + claim + " has", e);
    }
  }

  /** Tells which container has which device. Throws {@link Failure} when nobody listens. */
  void report(InUse uses) {
    try {
      var unused = stub(PATIENCE).reportInUse(uses);
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("reporting devices in use", e);
    }
  }

  private VirtualFunctionsBlockingStub stub(Duration patience) {
    return VirtualFunctionsGrpc.newBlockingStub(channel)
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    closed = true;
    watcher.interrupt();
  }
}
