package io.patchbay.mesh.identity;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.workload.SpiffeWorkloadAPIGrpc;
import io.patchbay.api.workload.SpiffeWorkloadAPIGrpc.SpiffeWorkloadAPIStub;
import io.patchbay.api.workload.X509SVIDRequest;
import io.patchbay.api.workload.X509SVIDResponse;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the identity of this process as the SPIFFE Workload API at a socket says it, through one
 * stream that is opened again, ever more slowly, whenever it ends. While the API is away the last
 * identity stays. Safe for all threads.
 */
public final class WorkloadApi implements AutoCloseable {
  /** How long a daemon waits for its first identity before it says that it cannot start. */
  public static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(WorkloadApi.class);
  private static final Backoff REOPEN = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

  private final Url endpoint;
  private final Time time;
  private final Channels channels = new Channels();
  private final SpiffeWorkloadAPIStub stub;
  private final CountDownLatch first = new CountDownLatch(1);
  private final Context.CancellableContext life = Context.ROOT.withCancellation();

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private Time.Timer reopening = () -> {};

  private volatile Optional<Identities> identities = Optional.empty();
  private volatile String trouble = "it has not answered";

  private WorkloadApi(Url endpoint, Time time) {
    this.endpoint = endpoint;
    this.time = time;
    Metadata header = new Metadata();
    header.put(WorkloadMessages.HEADER, "true");
    this.stub =
        SpiffeWorkloadAPIGrpc.newStub(channels.to(endpoint))
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(header));
  }

  /**
   * Asks for the identity of this process and waits for it.
   *
   * @param endpoint {@code SPIFFE_ENDPOINT_SOCKET}
   * @param patience how long to wait for the first identity
   * @throws Failure UNAVAILABLE naming the socket and what was last heard there, when it has not
   *     come in time
   */
  public static WorkloadApi open(Url endpoint, Duration patience, Time time) {
    WorkloadApi api = new WorkloadApi(endpoint, time);
    api.fetch();
    try {
      if (api.first.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        log.info("this process is {}", api.identities().current());
        return api;
      }
      api.close();
      throw new Failure(Failure.Kind.UNAVAILABLE, api.waiting() + " for " + patience);
    } catch (InterruptedException e) {
      api.close();
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, api.waiting() + ", interrupted", e);
    }
  }

  private String waiting() {
    return "waited for an identity of this process from SPIFFE_ENDPOINT_SOCKET="
        + endpoint
        + " ("
        + trouble
        + ")";
  }

  /** The identity, which changes by itself. */
  public Identities identities() {
    return identities.orElseThrow(() -> new IllegalStateException("asked before there was one"));
  }

  private void fetch() {
    life.run(() -> stub.fetchX509SVID(X509SVIDRequest.getDefaultInstance(), new Stream()));
  }

  private void heard(X509SVIDResponse response) {
    WorkloadMessages.Update update = WorkloadMessages.read(response);
    synchronized (this) {
      failures = 0;
    }
    if (identities.isPresent()) {
      identities.get().replace(update.identity(), update.bundles());
      log.info("this process is now {}", update.identity());
    } else {
      identities = Optional.of(new Identities(update.identity(), update.bundles()));
      first.countDown();
    }
  }

  private void lost(Failure cause) {
    trouble = Failure.text(cause);
    synchronized (this) {
      if (closed) {
        return;
      }
      failures++;
      if (failures == 1) {
        log.warn("{}; asking again until it is there", trouble);
      }
      reopening = time.schedule(REOPEN.pause(failures), this::fetch);
    }
  }

  /** What comes from the API. */
  private final class Stream implements StreamObserver<X509SVIDResponse> {
    @Override
    public void onNext(X509SVIDResponse response) {
      try {
        heard(response);
      } catch (Failure e) {
        trouble = Failure.text(e);
        log.error("what {} says is not understood and not used: {}", endpoint, trouble);
      }
    }

    @Override
    public void onError(Throwable problem) {
      lost(Statuses.toFailure("asking " + endpoint + " who this process is", problem));
    }

    @Override
    public void onCompleted() {
      lost(new Failure(Failure.Kind.UNAVAILABLE, endpoint + " has ended the stream"));
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      reopening.cancel();
    }
    life.cancel(null);
    channels.close();
  }
}
