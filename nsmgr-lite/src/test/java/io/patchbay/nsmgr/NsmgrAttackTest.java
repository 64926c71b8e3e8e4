package io.patchbay.nsmgr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Signed;
import io.patchbay.mesh.registry.BadRegistrations;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sockets.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A manager as it runs, with an identity and the policies of the contract, its own registry and an
 * endpoint behind it; and peers of its trust domain that mean it no good.
 */
@Timeout(120)
class NsmgrAttackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identities alice = mesh.identities("alice");
  private final Identities mallory = mesh.identities("mallory");
  private GuardedNode node;

  @BeforeEach
  void start() {
    node = stack.push(new GuardedNode(mesh, folder, Map.of()));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private Channel channel(Identities identities) {
    return node.channel(identities);
  }

  private NetworkServiceBlockingStub client(Identities identities) {
    return client(identities, new TokenHeaders(Tokens.of(identities, GuardedNode.LIFETIME, time)));
  }

  private NetworkServiceBlockingStub client(Identities identities, ClientInterceptor... headers) {
    return NetworkServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(channel(identities), headers))
        .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private ClientInterceptor token(String jwt) {
    return token(jwt, time.now().plusSeconds(60).toString());
  }

  private static ClientInterceptor token(String jwt, String expires) {
    Metadata headers = new Metadata();
    put(headers, "nsm-client-token", jwt);
    put(headers, "nsm-client-token-expires", expires);
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private static void put(Metadata headers, String key, String value) {
    headers.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
  }

  private static NetworkServiceRequest fresh() {
    Connection connection =
        Connection.newBuilder().setId("alice-0").setNetworkService("svc").build();
    return again(Paths.arrive(connection, "alice"));
  }

  private static NetworkServiceRequest again(Connection connection) {
    return NetworkServiceRequest.newBuilder().setConnection(connection).build();
  }

  private static String refused(Status.Code code, Runnable call) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call::run);
    assertEquals(code, e.getStatus().getCode(), e.toString());
    return String.valueOf(e.getStatus().getDescription());
  }

  private static void denied(Runnable call) {
    String text = refused(Status.Code.PERMISSION_DENIED, call);
    assertTrue(text.startsWith("no sufficient privileges"), text);
  }

  /** What the manager has, as it tells whoever watches. */
  private Map<String, Connection> has() {
    return MonitorConnectionGrpc.newBlockingStub(
            ClientInterceptors.intercept(
                channel(alice), new TokenHeaders(Tokens.of(alice, GuardedNode.LIFETIME, time))))
        .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .monitorConnections(MonitorScopeSelector.getDefaultInstance())
        .next()
        .getConnectionsMap();
  }

  private void holds(int connections) {
    assertEquals(connections, has().size());
    assertEquals(connections, node.behind().all().size());
  }

  @Test
  void whoProvesItselfIsServed() {
    Connection agreed = client(alice).request(fresh());
    holds(1);
    var unused = client(alice).close(client(alice).request(again(agreed)));
    holds(0);
  }

  @Test
  void wrongTokensHoldNothing() {
    String manager = mesh.identity("nsmgr").id();
    long now = time.now().getEpochSecond();
    String good = mesh.token(alice.current(), mesh.identity("nsmgr"));
    String ended = mesh.token(alice.current(), Map.of("aud", List.of(manager), "exp", now - 1));
    String forged =
        mesh.token(mallory.current(), Map.of("sub", alice.current().id(), "aud", List.of(manager)));
    String mallorys = mesh.token(mallory.current(), mesh.identity("nsmgr"));
    String elsewhere = mesh.token(alice.current(), mesh.identity("forwarder"));
    String single = mesh.token(alice.current(), Map.of("aud", manager));
    denied(() -> client(alice, token(ended)).request(fresh()));
    denied(() -> client(mallory, token(forged)).request(fresh()));
    denied(() -> client(alice, token(forged)).request(fresh()));
    denied(() -> client(mallory, token(good)).request(fresh()));
    denied(() -> client(alice, token(mallorys)).request(fresh()));
    denied(() -> client(alice, token(elsewhere)).request(fresh()));
    denied(() -> client(alice, token(single)).request(fresh()));
    denied(() -> client(alice, token("no.jwt.this")).request(fresh()));
    denied(() -> client(alice, token(good, "soon")).request(fresh()));
    denied(() -> client(alice, token(good), token(good)).request(fresh()));
    denied(() -> client(alice, new ClientInterceptor[0]).request(fresh()));
    holds(0);
  }

  @Test
  void aForeignTrustDomainIsNotEvenHeard() {
    Identities foreign = new Signed("k8s.nsm", time).identities("alice");
    refused(Status.Code.UNAVAILABLE, () -> client(foreign).request(fresh()));
    Identities far = new Signed("far.example", time).identities("alice");
    refused(Status.Code.UNAVAILABLE, () -> client(far).request(fresh()));
    holds(0);
  }

  @Test
  void withoutTlsNobodyIsHeard() {
    Channels plain = stack.push(new Channels());
    var watch =
        MonitorConnectionGrpc.newBlockingStub(
                ClientInterceptors.intercept(
                    plain.to(node.url()),
                    token(mesh.token(alice.current(), mesh.identity("nsmgr")))))
            .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .monitorConnections(MonitorScopeSelector.getDefaultInstance());
    refused(Status.Code.UNAVAILABLE, watch::next);
  }

  @Test
  void aConnectionIsItsOwners() {
    Connection agreed = client(alice).request(fresh());
    denied(() -> client(mallory).request(again(agreed)));
    denied(() -> client(mallory).close(agreed));
    String id = has().keySet().iterator().next();
    Connection guessed = Connection.newBuilder().setId(id).setNetworkService("svc").build();
    denied(() -> client(mallory).close(guessed));
    // A path of one's own that leads to the manager's id: there is a path, but not to that session.
    Connection crafted =
        agreed.toBuilder()
            .setId("mallory-0")
            .setPath(
                agreed.getPath().toBuilder()
                    .setIndex(0)
                    .setPathSegments(
                        0,
                        agreed.getPath().getPathSegments(0).toBuilder()
                            .setName("mallory")
                            .setId("mallory-0")))
            .build();
    denied(() -> client(mallory).close(crafted));
    denied(() -> client(mallory).request(again(crafted)));
    holds(1);
    var unused = client(alice).close(agreed);
    holds(0);
  }

  @Test
  void aNameIsItsOwners() {
    Registries others = node.registries(mallory);
    NetworkServiceEndpoint taken = GuardedNode.endpoint("forwarder", "forwarder", node.url());
    for (Runnable attack :
        List.<Runnable>of(
            () -> others.endpoints().register(taken),
            () -> others.endpoints().unregister(taken),
            () -> others.services().register(NetworkService.newBuilder().setName("svc").build()))) {
      Failure failure = assertThrows(Failure.class, attack::run);
      assertEquals(Failure.Kind.DENIED, failure.kind(), Failure.text(failure));
    }
    assertEquals(
        "unix://" + folder.resolve("forwarder.sock"),
        node.registries(alice)
            .endpoints()
            .find(NetworkServiceEndpoint.newBuilder().setName("forwarder").build())
            .getFirst()
            .getUrl());
  }

  @Test
  void registrationsProveThemselvesToo() {
    String manager = mesh.identity("nsmgr").id();
    BadRegistrations bad = new BadRegistrations(mesh, manager, node.url(), time, stack);
    bad.areRefused("new");
    bad.areWorthRefusing("new");
  }

  @Test
  void metadataHasABound() throws SSLException {
    denied(() -> client(alice, token("a.b." + "c".repeat(100 * 1024))).request(fresh()));
    NetworkServiceRequest request = fresh();
    try (UnboundedClient peer = new UnboundedClient(node.url(), alice.security())) {
      peer.request(request, metadata(1024));
      hears(peer, "3: grpc 0");
      peer.request(request, metadata(300 * 1024));
      hears(peer, "5: status 431");
      peer.request(request, metadata(1024));
      hears(peer, "7: grpc 0");
      peer.request(request, metadata(600 * 1024));
      hears(peer, "closed");
      assertTrue(peer.heard().contains("0: goaway 1"), () -> peer.heard().toString());
    }
    holds(2);
    var unused = client(alice).request(request);
    holds(3);
  }

  private Map<String, String> metadata(int length) {
    return Map.of(
        "nsm-client-token",
        mesh.token(alice.current(), mesh.identity("nsmgr")),
        "nsm-client-token-expires",
        time.now().plusSeconds(60).toString(),
        "path",
        "x".repeat(length));
  }

  private static void hears(UnboundedClient peer, String what) {
    boolean heard = Await.comesTrue(PATIENCE, () -> peer.heard().contains(what));
    assertTrue(heard, () -> "not " + what + " but " + peer.heard());
  }

  /** A thousand may stay, at some memory each; the others are refused, and nobody else is. */
  @Test
  void tenThousandStreamsOfOnePeerKeepNobodyElseOut() {
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    Queue<Status.Code> refusals = new ConcurrentLinkedQueue<>();
    Context.CancellableContext flood = Context.ROOT.withCancellation();
    long before = used();
    flood.run(() -> {
      var watches =
          MonitorConnectionGrpc.newStub(
              ClientInterceptors.intercept(
                  channel(mallory),
                  new TokenHeaders(Tokens.of(mallory, GuardedNode.LIFETIME, time))));
      for (int i = 0; i < 10_000; i++) {
        watches.monitorConnections(
            MonitorScopeSelector.getDefaultInstance(), new Counter(answered, ended, refusals));
      }
    });
    Await.until(
        "each is open or refused",
        PATIENCE.multipliedBy(3),
        () -> answered.get() + ended.get() >= 10_000);
    assertEquals(1000, answered.get());
    assertEquals(9000, refusals.size());
    assertEquals(Set.of(Status.Code.RESOURCE_EXHAUSTED), Set.copyOf(refusals));
    whoProvesItselfIsServed();
    // Both ends of each stream are in this process.
    long each = (used() - before) / 10_000;
    assertTrue(each < 30_000, each + " bytes a stream");
    flood.cancel(null);
    Await.until("all have ended", PATIENCE.multipliedBy(2), () -> ended.get() >= 10_000);
    whoProvesItselfIsServed();
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Counts the streams that have been answered at all, and those that have ended. */
  private static final class Counter implements StreamObserver<ConnectionEvent> {
    private final AtomicInteger answered;
    private final AtomicInteger ended;
    private final Queue<Status.Code> refusals;
    private boolean first = true;

    Counter(AtomicInteger answered, AtomicInteger ended, Queue<Status.Code> refusals) {
      this.answered = answered;
      this.ended = ended;
      this.refusals = refusals;
    }

    @Override
    public void onNext(ConnectionEvent event) {
      if (first) {
        first = false;
        answered.incrementAndGet();
      }
    }

    @Override
    public void onError(Throwable problem) {
      if (first) {
        refusals.add(Status.fromThrowable(problem).getCode());
      }
      ended.incrementAndGet();
    }

    @Override
    public void onCompleted() {
      ended.incrementAndGet();
    }
  }
}
