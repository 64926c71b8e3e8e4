package io.patchbay.sockets;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every handler of a server: makes {@link Peer}, {@link RequestHeaders} and {@link
 * ResponseHeaders} known to it, and gives what it throws the right status.
 */
final class CallContext implements ServerInterceptor {
  static <T> T required(Context.Key<T> key) {
    @Nullable T value = key.get();
    if (value == null) {
      throw new IllegalStateException("not on the thread of a call's handler");
    }
    return value;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    ResponseHeaders response = new ResponseHeaders();
    Context context =
        Context.current()
            .withValue(Peer.KEY, Peer.of(call.getAttributes()))
            .withValue(RequestHeaders.KEY, headers)
            .withValue(ResponseHeaders.KEY, response);
    Answer<Q, R> answer = new Answer<>(call, response);
    return new Guard<>(Contexts.interceptCall(context, answer, headers, next), answer);
  }

  /** The call with our headers, which also knows whether it has been answered. */
  private static final class Answer<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private final ResponseHeaders response;
    private volatile boolean closed;

    Answer(ServerCall<Q, R> call, ResponseHeaders response) {
      super(call);
      this.response = response;
    }

    @Override
    public void sendHeaders(Metadata headers) {
      response.leave(headers);
      super.sendHeaders(headers);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      closed = true;
      super.close(status, trailers);
    }

    void fail(Throwable problem) {
      Status status = Statuses.toStatus(problem).getStatus();
      if (!closed) {
        close(status, new Metadata());
      }
    }
  }

  /** Turns what a handler throws into the call's status. */
  private static final class Guard<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Answer<Q, ?> answer;

    Guard(ServerCall.Listener<Q> listener, Answer<Q, ?> answer) {
      super(listener);
      this.answer = answer;
    }

    @Override
    public void onMessage(Q message) {
      guard(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      guard(super::onHalfClose);
    }

    @Override
    public void onReady() {
      guard(super::onReady);
    }

    private void guard(Runnable event) {
      try {
        event.run();
      } catch (RuntimeException | Error e) {
        answer.fail(e);
      }
    }
  }
}
