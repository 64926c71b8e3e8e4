package io.patchbay.sockets;

import io.grpc.CallCredentials;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.patchbay.base.Failure;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Descriptors that go with one client call, to be set by {@code stub.withCallCredentials(...)}:
 * that is where gRPC tells which connection was chosen, before anything of the call is written on
 * it. They travel on unix connections only; over tcp nothing is sent. The caller keeps its
 * descriptors open until the call has ended. Safe for all threads.
 */
public final class Descriptors extends CallCredentials {
  private final List<Integer> outgoing;
  private volatile Optional<FdPort> port = Optional.empty();

  public Descriptors(List<Integer> outgoing) {
    this.outgoing = List.copyOf(outgoing);
  }

  /**
   * The connection's descriptors, for those that come back with the answer: present once the call
   * has been answered, if it went over a unix socket.
   */
  public Optional<FdPort> port() {
    return port;
  }

  @Override
  public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
    try {
      if (call.getTransportAttrs().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof PortAddress at) {
        port = Optional.of(at.port());
        outgoing.forEach(at.port()::send);
      }
      applier.apply(new Metadata());
    } catch (Failure e) {
      applier.fail(Statuses.toStatus(e).getStatus());
    }
  }
}
