package io.patchbay.sockets;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** Notes who answers a call. For one call each; safe for all threads. */
public final class Answerer implements ClientInterceptor {
  private volatile Optional<X509Certificate> certificate = Optional.empty();

  /** What the server showed whose answer has begun to come; empty before, and without TLS. */
  public Optional<X509Certificate> certificate() {
    return certificate;
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onHeaders(Metadata answer) {
                certificate = TlsPeer.of(getAttributes()).map(TlsPeer::peer);
                super.onHeaders(answer);
              }
            },
            headers);
      }
    };
  }
}
