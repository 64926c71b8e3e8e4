package io.patchbay.torshims.gnmi;

import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.CapabilityRequest;
import io.patchbay.api.gnmi.CapabilityResponse;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.SetResponse;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIImplBase;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Statuses;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a switch's gNMI service: counts what passes, and lies about one Set if told to. */
final class Liar {
  /** What is done to a Set. */
  enum Lie {
    NONE,
    ERROR_AFTER_APPLYING,
    SUCCESS_WITHOUT_APPLYING,
    /** The first of its replaces is made, then it says no. */
    HALF,
    SILENCE,
    SILENCE_AFTER_APPLYING
  }

  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger sets = new AtomicInteger();
  private volatile Lie next = Lie.NONE;
  private volatile int countdown;
  private volatile Runnable task = () -> {};

  /** Lies about the next Set that changes something. */
  void next(Lie lie) {
    next = lie;
  }

  /** Runs a task before the n-th Set from now. */
  void before(int set, Runnable task) {
    this.countdown = set;
    this.task = task;
  }

  int calls() {
    return calls.get();
  }

  int sets() {
    return sets.get();
  }

  BindableService between(gNMIImplBase real) {
    return new gNMIImplBase() {
      @Override
      public void capabilities(
          CapabilityRequest request, StreamObserver<CapabilityResponse> observer) {
        calls.incrementAndGet();
        real.capabilities(request, observer);
      }

      @Override
      public void get(GetRequest request, StreamObserver<GetResponse> observer) {
        calls.incrementAndGet();
        real.get(request, observer);
      }

      @Override
      public void set(SetRequest request, StreamObserver<SetResponse> observer) {
        calls.incrementAndGet();
        sets.incrementAndGet();
        if (--countdown == 0) {
          task.run();
        }
        pass(request, observer);
      }

      private void pass(SetRequest request, StreamObserver<SetResponse> observer) {
        Lie lie = request.getReplaceCount() > 0 ? next : Lie.NONE;
        if (lie != Lie.NONE) {
          next = Lie.NONE;
        }
        switch (lie) {
          case NONE -> real.set(request, observer);
          case ERROR_AFTER_APPLYING -> real.set(request, new Instead(observer, CONFUSED));
          case SUCCESS_WITHOUT_APPLYING -> {
            observer.onNext(SetResponse.getDefaultInstance());
            observer.onCompleted();
          }
          case HALF -> {
            SetRequest.Builder half = request.toBuilder().clearReplace();
            half.addReplace(request.getReplace(0));
            real.set(half.build(), new Instead(observer, CONFUSED));
          }
          case SILENCE -> observer.onError(Statuses.toStatus(GONE));
          case SILENCE_AFTER_APPLYING -> real.set(request, new Instead(observer, GONE));
        }
      }
    };
  }

  private static final Failure CONFUSED = new Failure(Failure.Kind.INVALID, "something is wrong");

  /** As a connection that breaks looks to the caller. */
  private static final Failure GONE = new Failure(Failure.Kind.UNAVAILABLE, "connection reset");

  /** Tells the caller something else than what happened. */
  private record Instead(StreamObserver<SetResponse> caller, Failure told)
      implements StreamObserver<SetResponse> {
    @Override
    public void onNext(SetResponse response) {}

    @Override
    public void onError(Throwable problem) {
      caller.onError(problem);
    }

    @Override
    public void onCompleted() {
      caller.onError(Statuses.toStatus(told));
    }
  }
}
