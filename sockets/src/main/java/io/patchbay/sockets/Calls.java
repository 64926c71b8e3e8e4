package io.patchbay.sockets;

import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/** Runs the blocking handlers of unary calls. */
public final class Calls {
  private Calls() {}

  /** Answers with what the handler returns, or with the status of what it throws. */
  public static <R> void answer(StreamObserver<R> observer, Supplier<R> handler) {
    R answer;
    try {
      answer = handler.get();
    } catch (RuntimeException | Error e) {
      observer.onError(Statuses.toStatus(e));
      return;
    }
    observer.onNext(answer);
    observer.onCompleted();
  }
}
