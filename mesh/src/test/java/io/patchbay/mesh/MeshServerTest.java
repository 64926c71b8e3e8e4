package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.ConnectionEventType;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.api.connection.State;
import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.sockets.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client, a manager and an endpoint over real sockets. */
class MeshServerTest {
  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final Duration lifetime = Duration.ofMinutes(10);
  private Channels channels;
  private Hop endpoint;
  private Hop manager;

  @BeforeEach
  void start() {
    channels = stack.push(new Channels());
    endpoint = stack.push(new Hop("nse", folder, lifetime, Optional.empty()));
    manager = stack.push(new Hop("nsmgr", folder, lifetime, Optional.of(endpoint.url)));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private NetworkServiceGrpc.NetworkServiceBlockingStub client(Duration tokens) {
    Tokens mine = Tokens.selfSigned("spiffe://test/nsc", tokens, Time.system());
    return NetworkServiceGrpc.newBlockingStub(
        ClientInterceptors.intercept(channels.to(manager.url), new TokenHeaders(mine)));
  }

  private Connection request(Duration tokens) {
    return client(tokens)
        .request(
            ask(
                Paths.arrive(
                    Connection.newBuilder().setId("nsc-0").setNetworkService("svc").build(),
                    "nsc")));
  }

  private static NetworkServiceRequest ask(Connection connection) {
    return NetworkServiceRequest.newBuilder().setConnection(connection).build();
  }

  @Test
  void theAnswerHasTheRequestersIdAndIndexAndThePathOfAllHops() {
    Connection answer = request(lifetime);
    assertEquals("nsc-0", answer.getId());
    assertEquals(0, answer.getPath().getIndex());
    assertEquals(
        List.of("nsc", "nsmgr", "nse"),
        answer.getPath().getPathSegmentsList().stream().map(PathSegment::getName).toList());
    for (PathSegment segment : answer.getPath().getPathSegmentsList()) {
      assertTrue(segment.hasExpires() && !segment.getToken().isEmpty(), segment.getName());
    }
  }

  @Test
  void aRefreshKeepsEveryHopsIdAndACloseReachesEveryHop() {
    Connection first = request(lifetime);
    Connection second = client(lifetime).request(ask(first));
    assertEquals(ids(first), ids(second));
    assertEquals(1, endpoint.has.size());
    var unused = client(lifetime).close(second);
    assertEquals(0, manager.has.size());
    assertEquals(0, endpoint.has.size());
    unused = client(lifetime).close(second);
  }

  private static List<String> ids(Connection connection) {
    return connection.getPath().getPathSegmentsList().stream().map(PathSegment::getId).toList();
  }

  @Test
  void aRefusalFurtherOnLeavesNothingHeldAnywhere() {
    endpoint.refuse(new Failure(Failure.Kind.EXHAUSTED, "no address left in 10.0.0.0/30"));
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> request(lifetime));
    assertTrue(String.valueOf(e.getMessage()).startsWith("RESOURCE_EXHAUSTED"), e.getMessage());
    assertTrue(
        String.valueOf(e.getMessage()).contains("no address left in 10.0.0.0/30"), e.getMessage());
    assertEquals(0, manager.has.size());
    assertEquals(0, endpoint.has.size());
  }

  @Test
  void aHopThatIsGoneIsNamed() {
    endpoint.close();
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> request(lifetime));
    assertTrue(String.valueOf(e.getMessage()).contains(endpoint.url.toString()), e.getMessage());
    assertEquals(0, manager.has.size());
  }

  @Test
  void whatIsAgreedAfterTheCallerHasGoneIsLetGo() throws InterruptedException {
    var warm = client(lifetime).close(request(lifetime));
    CountDownLatch go = new CountDownLatch(1);
    AtomicReference<Context> asked = new AtomicReference<>(Context.ROOT);
    endpoint.delay(() -> {
      asked.set(Context.current());
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    Connection fresh =
        Paths.arrive(
            Connection.newBuilder().setId("nsc-0").setNetworkService("svc").build(), "nsc");
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> client(lifetime).withDeadlineAfter(3, TimeUnit.SECONDS).request(ask(fresh)));
    assertTrue(String.valueOf(e.getMessage()).startsWith("DEADLINE_EXCEEDED"), e.getMessage());
    // An answer that crosses the news of that is an agreement that ends with its tokens.
    Await.until(
        "the endpoint was reached, and heard",
        Duration.ofSeconds(20),
        () -> asked.get().isCancelled());
    go.countDown();
    boolean free =
        Await.comesTrue(
            Duration.ofSeconds(10), () -> manager.has.isEmpty() && endpoint.has.isEmpty());
    assertTrue(free, () -> "manager has " + manager.has + ", endpoint has " + endpoint.has);
  }

  @Test
  void aConnectionEndsWithTheRequestersToken() {
    var unused = request(Duration.ofSeconds(2));
    assertEquals(1, endpoint.has.size());
    Await.until(
        "expired at both hops",
        Duration.ofSeconds(20),
        () -> manager.has.isEmpty() && endpoint.has.isEmpty());
  }

  @Test
  void aCallWithoutATokenIsRefused() {
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                NetworkServiceGrpc.newBlockingStub(channels.to(manager.url))
                    .request(ask(Connection.newBuilder().setId("x").build())));
    assertEquals(
        "PERMISSION_DENIED: no sufficient privileges: metadata nsm-client-token came 0 times",
        e.getMessage());
  }

  @Test
  void aWatcherWithoutATokenIsRefused() {
    Iterator<ConnectionEvent> events =
        MonitorConnectionGrpc.newBlockingStub(channels.to(manager.url))
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .monitorConnections(MonitorScopeSelector.getDefaultInstance());
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, events::next);
    assertEquals(
        "PERMISSION_DENIED: no sufficient privileges: metadata nsm-client-token came 0 times",
        e.getMessage());
  }

  private static Connection only(ConnectionEvent event) {
    assertEquals(ConnectionEventType.UPDATE, event.getType());
    return event.getConnectionsMap().values().iterator().next();
  }

  /** What the manager told of its connection, from the first request on. */
  private Iterator<ConnectionEvent> told(Connection agreed) {
    PathSegment mine = PathSegment.newBuilder().setId("nsc-0").setName("nsc").build();
    Iterator<ConnectionEvent> events =
        monitor(MonitorScopeSelector.newBuilder().addPathSegments(mine).build());
    Connection first = events.next().getConnectionsMap().values().iterator().next();
    assertEquals(agreed.getPath().getPathSegments(1).getId(), first.getId());
    return events;
  }

  @Test
  void whatTheNextHopSaysIsPassedOnUnderTheHopsOwnIdAndIndex() {
    Connection agreed = request(lifetime);
    Iterator<ConnectionEvent> events = told(agreed);
    Connection there = endpoint.sessions.all().iterator().next().connection();
    Connection asks =
        there.toBuilder()
            .setState(State.REFRESH_REQUESTED)
            .setContext(ConnectionContext.newBuilder().setMTU(1400))
            .build();
    // The stream to the endpoint may still be on its way: it begins with all there is.
    endpoint.announce.relay(asks, false);
    Connection heard = only(events.next());
    assertEquals(State.REFRESH_REQUESTED, heard.getState());
    assertEquals(1400, heard.getContext().getMTU());
    assertEquals(agreed.getPath().getPathSegments(1).getId(), heard.getId());
    assertEquals(1, heard.getPath().getIndex());
    Connection again = client(lifetime).request(ask(agreed));
    assertEquals(State.UP, only(events.next()).getState());
    assertEquals(agreed.getId(), again.getId());
  }

  @Test
  void aConnectionThatTheNextHopHasLetGoOfIsDown() {
    Iterator<ConnectionEvent> events = told(request(lifetime));
    endpoint.sessions.close(endpoint.has.iterator().next());
    assertEquals(State.DOWN, only(events.next()).getState());
  }

  /** A refresh that said so again would call for the next one. */
  @Test
  void aConnectionThatCarriesNothingIsToldOnceAndStaysDownOverRefreshes() {
    Connection agreed = request(lifetime);
    Iterator<ConnectionEvent> heard = told(agreed);
    endpoint.cut.addAll(endpoint.has);
    endpoint.announce.review();
    assertEquals(State.DOWN, only(heard.next()).getState());
    Iterator<ConnectionEvent> there = monitor(endpoint, MonitorScopeSelector.getDefaultInstance());
    Connection first = there.next().getConnectionsMap().values().iterator().next();
    assertEquals(State.DOWN, first.getState());
    assertEquals(State.UP, client(lifetime).request(ask(agreed)).getState());
    endpoint.announce.review();
    endpoint.cut.clear();
    endpoint.announce.review();
    assertEquals(State.UP, only(there.next()).getState());
  }

  @Test
  void aNextHopThatEndsMeansThatItsConnectionsAreDown() {
    Iterator<ConnectionEvent> events = told(request(lifetime));
    endpoint.close();
    assertEquals(State.DOWN, only(events.next()).getState());
  }

  @Test
  void aReselectClosesWhatWasAheadFirst() {
    Connection agreed = request(lifetime);
    Iterator<ConnectionEvent> atEndpoint =
        monitor(endpoint, MonitorScopeSelector.getDefaultInstance());
    assertEquals(ConnectionEventType.INITIAL_STATE_TRANSFER, atEndpoint.next().getType());
    Connection again =
        client(lifetime)
            .request(ask(agreed.toBuilder().setState(State.RESELECT_REQUESTED).build()));
    assertEquals(State.UP, again.getState());
    assertEquals(ids(agreed).subList(0, 2), ids(again).subList(0, 2));
    assertEquals(ConnectionEventType.DELETE, atEndpoint.next().getType());
    assertEquals(ConnectionEventType.UPDATE, atEndpoint.next().getType());
  }

  private Iterator<ConnectionEvent> monitor(MonitorScopeSelector selector) {
    return monitor(manager, selector);
  }

  private Iterator<ConnectionEvent> monitor(Hop hop, MonitorScopeSelector selector) {
    Tokens mine = Tokens.selfSigned("spiffe://test/nsc", lifetime, Time.system());
    return MonitorConnectionGrpc.newBlockingStub(
            ClientInterceptors.intercept(channels.to(hop.url), new TokenHeaders(mine)))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .monitorConnections(selector);
  }

  @Test
  void aWatcherGetsThePictureAtOnceAndThenEachChangeUnderTheHopsOwnId() {
    Iterator<ConnectionEvent> all = monitor(MonitorScopeSelector.getDefaultInstance());
    ConnectionEvent first = all.next();
    assertEquals(ConnectionEventType.INITIAL_STATE_TRANSFER, first.getType());
    assertEquals(0, first.getConnectionsCount());

    Connection agreed = request(lifetime);
    ConnectionEvent update = all.next();
    assertEquals(ConnectionEventType.UPDATE, update.getType());
    Connection seen = update.getConnectionsMap().values().iterator().next();
    assertEquals(agreed.getPath().getPathSegments(1).getId(), seen.getId());
    assertEquals(1, seen.getPath().getIndex());

    PathSegment mine = PathSegment.newBuilder().setId("nsc-0").setName("nsc").build();
    ConnectionEvent late =
        monitor(MonitorScopeSelector.newBuilder().addPathSegments(mine).build()).next();
    assertEquals(1, late.getConnectionsCount());

    var unused = client(lifetime).close(agreed);
    assertEquals(ConnectionEventType.DELETE, all.next().getType());
  }

  @Test
  void moreStreamsOfOneWatcherThanTheBoundAreRefused() {
    for (int i = 0; i < Hop.STREAMS_MAX; i++) {
      assertEquals(
          0, monitor(MonitorScopeSelector.getDefaultInstance()).next().getConnectionsCount());
    }
    Iterator<ConnectionEvent> late = monitor(MonitorScopeSelector.getDefaultInstance());
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, late::next);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, refused.getStatus().getCode());
  }
}
