package io.patchbay.torshims.gnmi;

import com.google.protobuf.ByteString;
import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.CapabilityRequest;
import io.patchbay.api.gnmi.CapabilityResponse;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.SetResponse;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.Update;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIImplBase;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Statuses;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
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
    /** It says that somebody else's change awaits its confirmation. */
    BUSY,
    /** The caller may not do that. */
    FORBIDDEN,
    SILENCE,
    SILENCE_AFTER_APPLYING,
    /** The same, and the caller is dead: it hears nothing more until {@link #revive}. */
    DEATH_AFTER_APPLYING,
    /** The caller hears nothing; it is made before the next one. */
    LATE
  }

  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger sets = new AtomicInteger();
  private volatile Lie next = Lie.NONE;
  private volatile int countdown;
  private volatile Runnable task = () -> {};
  private volatile Runnable late = () -> {};
  private volatile int deaf;
  private volatile boolean leafByLeaf;
  private volatile String lacked = "";
  private volatile String untold = "";
  private final List<Set<String>> streams = new CopyOnWriteArrayList<>();
  private volatile boolean dead;

  /** Another caller comes. */
  void revive() {
    dead = false;
  }

  /** Lies about the next Set that changes something. */
  void next(Lie lie) {
    next = lie;
  }

  /** Refuses the next Set that changes something, once the task has run: it may be tried again. */
  void busy(Runnable meanwhile) {
    next = Lie.BUSY;
    task = meanwhile;
  }

  /** Runs a task before the n-th Set from now. */
  void before(int set, Runnable task) {
    this.countdown = set;
    this.task = task;
  }

  /** Refuses so many Sets that change nothing: confirmations and cancellations. */
  void deaf(int sets) {
    deaf = sets;
  }

  /** From now on refuses to tell of the model whose paths begin with that name. */
  void lacks(String model) {
    lacked = model;
  }

  /** From now on refuses streams of the model whose paths begin with that name. */
  void tellsNotOf(String model) {
    untold = model;
  }

  /** Of each stream that was asked for, the models whose paths it is of. */
  List<Set<String>> streams() {
    return streams;
  }

  /** From now on answers with another path than it was asked for. */
  void leafByLeaf() {
    leafByLeaf = true;
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
        if (dead) {
          observer.onError(Statuses.toStatus(GONE));
        } else if (request.getPathList().stream()
            .anyMatch(path -> path.getElem(0).getName().equals(lacked))) {
          Failure.Kind kind = Failure.Kind.UNSUPPORTED;
          observer.onError(Statuses.toStatus(new Failure(kind, "no model " + lacked)));
        } else if (leafByLeaf) {
          observer.onNext(leaf(request));
          observer.onCompleted();
        } else {
          real.get(request, observer);
        }
      }

      @Override
      public void set(SetRequest request, StreamObserver<SetResponse> observer) {
        calls.incrementAndGet();
        if (dead) {
          observer.onError(Statuses.toStatus(GONE));
          return;
        }
        sets.incrementAndGet();
        if (--countdown == 0) {
          task.run();
        }
        late.run();
        late = () -> {};
        if (request.getReplaceCount() + request.getDeleteCount() == 0 && deaf > 0) {
          deaf--;
          observer.onError(Statuses.toStatus(CONFUSED));
        } else {
          pass(request, observer);
        }
      }

      @Override
      public StreamObserver<SubscribeRequest> subscribe(
          StreamObserver<SubscribeResponse> observer) {
        return new Follower(observer);
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
          case BUSY -> {
            task.run();
            observer.onError(Statuses.toStatus(BUSY));
          }
          case FORBIDDEN -> observer.onError(Statuses.toStatus(FORBIDDEN));
          case SILENCE -> observer.onError(Statuses.toStatus(GONE));
          case LATE -> {
            late = () -> real.set(request, new Nobody());
            observer.onError(Statuses.toStatus(GONE));
          }
          case SILENCE_AFTER_APPLYING -> real.set(request, new Instead(observer, GONE));
          case DEATH_AFTER_APPLYING -> {
            dead = true;
            real.set(request, new Instead(observer, GONE));
          }
        }
      }
    };
  }

  /** Tells nothing; the real switch has no part in it. */
  private final class Follower implements StreamObserver<SubscribeRequest> {
    private final StreamObserver<SubscribeResponse> observer;

    Follower(StreamObserver<SubscribeResponse> observer) {
      this.observer = observer;
    }

    @Override
    public void onNext(SubscribeRequest request) {
      Set<String> models = new HashSet<>();
      request
          .getSubscribe()
          .getSubscriptionList()
          .forEach(each -> models.add(each.getPath().getElem(0).getName()));
      if (models.contains(untold)) {
        observer.onError(Statuses.toStatus(CONFUSED));
      }
      streams.add(models);
    }

    @Override
    public void onError(Throwable problem) {}

    @Override
    public void onCompleted() {}
  }

  private static GetResponse leaf(GetRequest request) {
    GetResponse.Builder response = GetResponse.newBuilder();
    Update.Builder update = response.addNotificationBuilder().addUpdateBuilder();
    update.getValBuilder().setJsonIetfVal(ByteString.copyFromUtf8("\"ACCESS\""));
    update.setPath(request.getPath(0));
    update.getPathBuilder().addElemBuilder().setName("interface-mode");
    return response.build();
  }

  private static final Failure CONFUSED = new Failure(Failure.Kind.INVALID, "something is wrong");

  private static final Failure BUSY = new Failure(Failure.Kind.CONFLICT, "a commit is pending");

  private static final Failure FORBIDDEN = new Failure(Failure.Kind.DENIED, "read only");

  /** As a connection that breaks looks to the caller. */
  private static final Failure GONE = new Failure(Failure.Kind.UNAVAILABLE, "connection reset");

  /** Whoever asked has gone. */
  private record Nobody() implements StreamObserver<SetResponse> {
    @Override
    public void onNext(SetResponse response) {}

    @Override
    public void onError(Throwable problem) {}

    @Override
    public void onCompleted() {}
  }

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
