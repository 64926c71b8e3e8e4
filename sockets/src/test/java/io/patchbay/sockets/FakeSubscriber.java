package io.patchbay.sockets;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;

/**
 * A server call whose consumer a test makes ready, slow, or gone. Complains like gRPC when two
 * threads send at once or something follows the end.
 */
final class FakeSubscriber extends ServerCallStreamObserver<String> {
  private final List<String> received = new ArrayList<>();
  private volatile Runnable onReady = () -> {};
  private volatile Runnable onCancel = () -> {};
  private volatile boolean ready;
  private volatile boolean cancelled;
  private boolean ended;
  private boolean busy;

  List<String> received() {
    synchronized (received) {
      return List.copyOf(received);
    }
  }

  void ready(boolean now) {
    ready = now;
    if (now) {
      onReady.run();
    }
  }

  void cancel() {
    cancelled = true;
    onCancel.run();
  }

  private void take(String item, boolean last) {
    synchronized (received) {
      if (busy || ended) {
        throw new IllegalStateException(item + " while busy: " + busy + ", ended: " + ended);
      }
      busy = true;
    }
    Thread.yield();
    synchronized (received) {
      busy = false;
      ended = last;
      if (!cancelled) {
        received.add(item);
      }
    }
  }

  @Override
  public void onNext(String item) {
    take(item, false);
  }

  @Override
  public void onError(Throwable problem) {
    take(Status.fromThrowable(problem).getCode().name(), true);
  }

  @Override
  public void onCompleted() {
    take("OK", true);
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    onReady = handler;
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {
    onCancel = handler;
  }

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void request(int count) {}

  @Override
  public void setMessageCompression(boolean enable) {}

  @Override
  public void setCompression(String compression) {}
}
