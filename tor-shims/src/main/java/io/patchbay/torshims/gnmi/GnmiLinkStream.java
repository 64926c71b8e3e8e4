package io.patchbay.torshims.gnmi;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.SubscriptionList;
import io.patchbay.api.gnmi.SubscriptionMode;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIStub;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Statuses;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a switch tell by itself, ON_CHANGE, when ports lose their link or have it again. It only says
 * that there is something to ask: a switch that refuses, or a stream that breaks, costs nothing but
 * time. Safe for all threads.
 */
final class GnmiLinkStream implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GnmiLinkStream.class);

  private static final Set<Failure.Kind> REFUSALS =
      Set.of(
          Failure.Kind.UNSUPPORTED,
          Failure.Kind.INVALID,
          Failure.Kind.NOT_FOUND,
          Failure.Kind.DENIED);

  private final String who;
  private final Runnable changed;

  @GuardedBy("this")
  private Set<String> followed = Set.of();

  @GuardedBy("this")
  private Context.CancellableContext stream = Context.ROOT.withCancellation();

  /**
   * @param changed is run on gRPC's thread
   */
  GnmiLinkStream(String who, Runnable changed) {
    this.who = who;
    this.changed = changed;
  }

  /** Follows these ports and no others from now on, on a connection that is there. */
  synchronized void follow(Set<String> ports, gNMIStub stub) {
    if (ports.equals(followed)) {
      return;
    }
    stream.cancel(null);
    stream = Context.ROOT.withCancellation();
    followed = Set.copyOf(ports);
    SubscriptionList.Builder list =
        SubscriptionList.newBuilder()
            .setMode(SubscriptionList.Mode.STREAM)
            .setEncoding(Encoding.JSON_IETF);
    for (String port : followed) {
      list.addSubscriptionBuilder()
          .setPath(GnmiState.path(port))
          .setMode(SubscriptionMode.ON_CHANGE);
    }
    SubscribeRequest request = SubscribeRequest.newBuilder().setSubscribe(list).build();
    Heard heard = new Heard(stream);
    stream.run(() -> stub.subscribe(heard).onNext(request));
  }

  /** One that broke is begun again; one that was refused would be so again. */
  private synchronized void ended(Context of, boolean refused) {
    if (of == stream && !refused) {
      followed = Set.of();
    }
  }

  /** The next {@link #follow} begins anew. */
  @Override
  public synchronized void close() {
    stream.cancel(null);
    followed = Set.of();
  }

  /** What comes before the switch says that it is in step is known already. */
  private final class Heard implements StreamObserver<SubscribeResponse> {
    private final Context own;
    private boolean inStep;

    Heard(Context own) {
      this.own = own;
    }

    @Override
    public void onNext(SubscribeResponse response) {
      if (response.getSyncResponse()) {
        inStep = true;
      } else if (inStep) {
        changed.run();
      }
    }

    @Override
    public void onError(Throwable problem) {
      Failure failure = Statuses.toFailure(who + ": the stream of links", problem);
      log.debug("{}", Failure.text(failure));
      ended(own, REFUSALS.contains(failure.kind()));
    }

    @Override
    public void onCompleted() {
      ended(own, false);
    }
  }
}
