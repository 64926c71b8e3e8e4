package io.patchbay.workloads;

import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What an earlier process of this name left at the manager, such as the init client for the one
 * that runs beside the application (contracts/nsm.md facts 10 and 11).
 */
final class Earlier {
  private final Url manager;
  private final MonitorConnectionGrpc.MonitorConnectionBlockingStub stub;
  private final Duration patience;

  Earlier(Url manager, Channels channels, Tokens tokens, Duration patience) {
    this.manager = manager;
    this.stub =
        MonitorConnectionGrpc.newBlockingStub(
            ClientInterceptors.intercept(channels.to(manager), new TokenHeaders(tokens)));
    this.patience = patience;
  }

  /**
   * The connection of this id as its client knows it, if there is one. Throws Failure when the
   * manager does not answer.
   */
  Optional<Connection> find(String client, String id) {
    return atManager(id).stream()
        .filter(connection -> isOf(connection, client, id))
        .map(Paths::depart)
        .findFirst();
  }

  private static boolean isOf(Connection connection, String client, String id) {
    if (connection.getPath().getIndex() != 1 || connection.getPath().getPathSegmentsCount() < 2) {
      return false;
    }
    PathSegment first = connection.getPath().getPathSegments(0);
    return first.getName().equals(client) && first.getId().equals(id);
  }

  /** The manager tells all it has at once, and then changes: those are not waited for. */
  private Collection<Connection> atManager(String id) {
    MonitorScopeSelector selector =
        MonitorScopeSelector.newBuilder()
            .addPathSegments(PathSegment.newBuilder().setId(id))
            .build();
    Context.CancellableContext watch = Context.current().withCancellation();
    Context outside = watch.attach();
    try {
      Iterator<ConnectionEvent> events =
          stub.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
              .monitorConnections(selector);
      return events.hasNext() ? events.next().getConnectionsMap().values() : List.of();
    } catch (StatusRuntimeException e) {
      Failure failure = Statuses.toFailure("asking " + manager + " for earlier connections", e);
      if (failure.kind() == Failure.Kind.UNSUPPORTED) {
        return List.of();
      }
      throw failure;
    } finally {
      watch.detachAndCancel(outside, null);
    }
  }
}
