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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** An agent that starts along with us is there after about a second. */
  private static final int USUAL_FAILURES = 4;

  private final Url endpoint;
  private final Duration patience;
  private final Time time;
  private final Channels channels = new Channels();
  private final SpiffeWorkloadAPIStub stub;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final CountDownLatch first = new CountDownLatch(1);
  private final Context.CancellableContext life = Context.ROOT.withCancellation();

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private Time.Timer reopening = () -> {};

  private final Identities identities = Identities.expected(this::await);
  private volatile String trouble = "it has not answered";

  private WorkloadApi(Url endpoint, Duration patience, Time time) {
    this.endpoint = endpoint;
    this.patience = patience;
    this.time = time;
    Metadata header = new Metadata();
    header.put(WorkloadMessages.HEADER, "true");
    this.stub =
        SpiffeWorkloadAPIGrpc.newStub(channels.to(endpoint))
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(header));
  }

  /**
   * Asks nothing before the identity is awaited.
   *
   * @param endpoint {@code SPIFFE_ENDPOINT_SOCKET}
   * @param patience how long {@link Identities#await} waits for the first identity
   */
  public static WorkloadApi open(Url endpoint, Duration patience, Time time) {
    return new WorkloadApi(endpoint, patience, time);
  }

  private void await() {
    if (!asked.getAndSet(true)) {
      fetch();
    }
    try {
      if (!first.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Failure(Failure.Kind.UNAVAILABLE, waiting() + " for " + patience);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, waiting() + ", interrupted", e);
    }
  }

  private String waiting() {
    return "waited for an identity of this process from SPIFFE_ENDPOINT_SOCKET="
        + endpoint
        + " ("
        + trouble
        + ")";
  }

  /** The identity, which comes and changes by itself. */
  public Identities identities() {
    return identities;
  }

  private void fetch() {
    life.run(() -> stub.fetchX509SVID(X509SVIDRequest.getDefaultInstance(), new Stream()));
  }

  private void heard(X509SVIDResponse response) {
    WorkloadMessages.Update update = WorkloadMessages.read(response);
    synchronized (this) {
      failures = 0;
    }
    identities.replace(update.identity(), update.bundles());
    log.info("this process is {}", update.identity());
    first.countDown();
  }

  private void lost(Failure cause) {
    trouble = Failure.text(cause);
    synchronized (this) {
      if (closed) {
        return;
      }
      failures++;
      if (failures == USUAL_FAILURES + 1) {
        log.warn("{}; asking again until it is there", trouble);
      } else {
        log.debug("{}; asking again", trouble);
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
