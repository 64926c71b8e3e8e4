package io.patchbay.identity;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.workload.SpiffeWorkloadAPIGrpc.SpiffeWorkloadAPIImplBase;
import io.patchbay.api.workload.X509SVIDRequest;
import io.patchbay.api.workload.X509SVIDResponse;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.identity.WorkloadMessages;
import io.patchbay.sockets.Outbox;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.RequestHeaders;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SPIFFE Workload API: tells each process on this machine who it is, and anew at half of its
 * certificate's life for as long as it listens. A process is looked at once, when it begins to ask.
 */
final class WorkloadService extends SpiffeWorkloadAPIImplBase {
  private static final Logger log = LoggerFactory.getLogger(WorkloadService.class);

  /** Who does not take one identity before the next is due is not there any more. */
  private static final int OUTBOX = 2;

  private final IdentityFile file;
  private final Callers callers;
  private final String node;
  private final Authority authority;
  private final Duration lifetime;
  private final Time time;

  WorkloadService(IdentityFile file, Callers callers, IdentityConfig config, Time time) {
    this.file = file;
    this.callers = callers;
    this.node = config.node();
    this.authority = new AuthorityFile(config.authorityFile()).open(file.trustDomain(), time);
    this.lifetime = config.lifetime();
    this.time = time;
    var unused = bundles();
  }

  @Override
  public void fetchX509SVID(X509SVIDRequest request, StreamObserver<X509SVIDResponse> observer) {
    if (!"true".equals(RequestHeaders.current().get(WorkloadMessages.HEADER))) {
      throw new Failure(
          Failure.Kind.INVALID, "metadata " + WorkloadMessages.HEADER.name() + ": true is missing");
    }
    SpiffeId id = identify();
    Outbox<X509SVIDResponse> outbox =
        new Outbox<>((ServerCallStreamObserver<X509SVIDResponse>) observer, OUTBOX);
    AtomicReference<Time.Timer> next = new AtomicReference<>(() -> {});
    tell(id, outbox, next);
    outbox.onEnd(() -> Objects.requireNonNull(next.get()).cancel());
  }

  private SpiffeId identify() {
    Peer peer = Peer.current();
    if (peer.pid().isEmpty()) {
      throw new Failure(
          Failure.Kind.DENIED, "the kernel does not say which process asks; use the unix socket");
    }
    Caller caller = callers.look(peer.pid().getAsInt());
    for (Rule rule : file.rules()) {
      if (rule.matches(caller)) {
        SpiffeId id = rule.idOf(caller, node);
        log.info("{} is {}", caller, id);
        return id;
      }
    }
    log.warn("no rule says who {} is", caller);
    throw new Failure(Failure.Kind.DENIED, "no identity issued: no rule is about " + caller);
  }

  private void tell(
      SpiffeId id, Outbox<X509SVIDResponse> outbox, AtomicReference<Time.Timer> next) {
    try {
      WorkloadMessages.Update update =
          new WorkloadMessages.Update(authority.issue(id, lifetime, time), bundles());
      if (outbox.offer(WorkloadMessages.write(update))) {
        next.set(time.schedule(lifetime.dividedBy(2), () -> tell(id, outbox, next)));
      }
    } catch (Failure e) {
      outbox.fail(e);
    }
  }

  /** Read anew each time: other domains renew theirs. */
  private Map<String, Set<X509Certificate>> bundles() {
    Map<String, Set<X509Certificate>> all = new HashMap<>(authority.bundles());
    file.federated().forEach((domain, path) -> all.put(domain, AuthorityFile.bundle(path)));
    return all;
  }
}
