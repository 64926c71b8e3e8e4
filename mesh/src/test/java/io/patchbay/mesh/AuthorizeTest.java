package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.PolicyFiles;
import io.patchbay.mesh.policy.Signed;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients, a manager and an endpoint, each with an identity of its own, over mutual TLS. */
class AuthorizeTest {
  private static final Duration LIFETIME = Duration.ofMinutes(10);

  @TempDir Path folder;
  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identities alice = mesh.identities("alice");
  private final Identities mallory = mesh.identities("mallory");
  private PolicyFiles files;
  private Hop endpoint;
  private Hop manager;

  /** What one hop has, and where it is. */
  private final class Hop {
    final Set<String> has = new ConcurrentSkipListSet<>();
    final Url url;
    final Identities identities;
    UnaryOperator<Connection> answer = connection -> connection;

    Hop(String name, Optional<Url> next) {
      identities = mesh.identities(name);
      Tokens tokens = Tokens.of(identities, LIFETIME, time);
      url = Url.parse("unix://" + folder.resolve(name + ".sock"));
      Sessions sessions = Sessions.inMemory(time);
      Channels channels = stack.push(new Channels(Optional.of(identities.security())));
      List<Link> links =
          new ArrayList<>(
              List.of(
                  new Authorize(files.server()),
                  sessions,
                  new Expire(time, Duration.ofSeconds(1)),
                  this::hold));
      next.ifPresent(target -> links.add((call, on) -> on.request(call.towards(target))));
      links.add(
          next.isPresent()
              ? new Dial(channels, tokens, time)
              : (call, on) -> answer.apply(Paths.end(call.connection())));
      stack.push(
          GrpcServer.start(
              List.of(url),
              List.of(new MeshServer(name, Chain.of(links), sessions, tokens, time)),
              Optional.of(identities.security())));
    }

    private Connection hold(Call call, Handler next) {
      String id = call.connection().getId();
      call.session().hold(Key.<String>soft("has"), () -> took(id), has::remove);
      return next.request(call);
    }

    private String took(String id) {
      has.add(id);
      return id;
    }
  }

  @BeforeEach
  void start() {
    files = stack.push(new PolicyFiles(folder, Optional.empty(), time));
    endpoint = new Hop("nse", Optional.empty());
    manager = new Hop("nsmgr", Optional.of(endpoint.url));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private NetworkServiceBlockingStub client(Identities identities) {
    return client(identities, new TokenHeaders(Tokens.of(identities, LIFETIME, time)));
  }

  private NetworkServiceBlockingStub client(Identities identities, ClientInterceptor headers) {
    Channels channels = stack.push(new Channels(Optional.of(identities.security())));
    return NetworkServiceGrpc.newBlockingStub(
        ClientInterceptors.intercept(channels.to(manager.url), headers));
  }

  private static ClientInterceptor token(String jwt, Time time) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("nsm-client-token", Metadata.ASCII_STRING_MARSHALLER), jwt);
    headers.put(
        Metadata.Key.of("nsm-client-token-expires", Metadata.ASCII_STRING_MARSHALLER),
        time.now().plusSeconds(60).toString());
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private static NetworkServiceRequest fresh() {
    Connection connection =
        Connection.newBuilder().setId("alice-0").setNetworkService("svc").build();
    return again(Paths.arrive(connection, "alice"));
  }

  private static NetworkServiceRequest again(Connection connection) {
    return NetworkServiceRequest.newBuilder().setConnection(connection).build();
  }

  private static String denied(Runnable call) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call::run);
    String text = String.valueOf(e.getMessage());
    assertTrue(text.startsWith("PERMISSION_DENIED: no sufficient privileges"), text);
    return text;
  }

  private void nothingHeld() {
    assertEquals(Set.of(), manager.has);
    assertEquals(Set.of(), endpoint.has);
  }

  @Test
  void whoProvesItselfIsServedRefreshedAndClosed() {
    Connection first = client(alice).request(fresh());
    Connection second = client(alice).request(again(first));
    assertEquals(1, manager.has.size());
    assertEquals(1, endpoint.has.size());
    assertTrue(files.known().hits() > 0, "the second time the tokens are known");
    var unused = client(alice).close(second);
    nothingHeld();
  }

  @Test
  void aStrangersCloseIsRefused() {
    Connection agreed = client(alice).request(fresh());
    denied(() -> client(mallory).close(agreed));
    assertEquals(1, manager.has.size());
    assertEquals(1, endpoint.has.size());
    var unused = client(alice).close(agreed);
    nothingHeld();
  }

  @Test
  void aClaimedConnectionIsRefusedAndStaysAsItWas() {
    Connection agreed = client(alice).request(fresh());
    String text = denied(() -> client(mallory).request(again(agreed)));
    assertTrue(text.contains("is not one of 'spiffe://k8s.nsm/ns/ns/pod/mallory'"), text);
    Connection anew =
        agreed.toBuilder().setState(io.patchbay.api.connection.State.RESELECT_REQUESTED).build();
    denied(() -> client(mallory).request(again(anew)));
    assertEquals(1, manager.has.size());
    assertEquals(1, endpoint.has.size());
    assertEquals(
        agreed.getPath().getPathSegments(1).getId(),
        client(alice).request(again(agreed)).getPath().getPathSegments(1).getId());
  }

  @Test
  void anEndedTokenIsRefusedAlsoForAClose() {
    Connection agreed = client(alice).request(fresh());
    String nsmgr = mesh.identity("nsmgr").id();
    String ended =
        mesh.token(
            alice.current(), Map.of("aud", List.of(nsmgr), "exp", time.now().getEpochSecond() - 1));
    NetworkServiceBlockingStub late = client(alice, token(ended, time));
    assertTrue(denied(() -> late.close(agreed)).contains("has ended"));
    assertTrue(denied(() -> late.request(again(agreed))).contains("has ended"));
    assertTrue(denied(() -> late.request(fresh())).contains("has ended"));
    assertEquals(1, manager.has.size());
    assertEquals(1, endpoint.has.size());
  }

  @Test
  void aTokenOfSomebodyElseIsRefused() {
    String stolen = mesh.token(alice.current(), mesh.identity("nsmgr"));
    denied(() -> client(mallory, token(stolen, time)).request(fresh()));
    String forged =
        mesh.token(
            mallory.current(),
            Map.of("sub", alice.current().id(), "aud", List.of(mesh.identity("nsmgr").id())));
    denied(() -> client(mallory, token(forged, time)).request(fresh()));
    nothingHeld();
  }

  @Test
  void aTokenForAnotherHopIsRefused() {
    String elsewhere = mesh.token(alice.current(), mesh.identity("nse"));
    denied(() -> client(alice, token(elsewhere, time)).request(fresh()));
    nothingHeld();
  }

  @Test
  void aPathWithoutTheCallersSegmentIsRefused() {
    denied(() ->
        client(alice).request(again(Connection.newBuilder().setNetworkService("svc").build())));
    denied(() -> client(alice).close(Connection.newBuilder().setId("x").build()));
    nothingHeld();
  }

  @Test
  void aForeignTrustDomainIsNotEvenHeard() {
    Identities foreign = new Signed("k8s.nsm", time).identities("alice");
    assertThrows(StatusRuntimeException.class, () -> client(foreign).request(fresh()));
    nothingHeld();
  }

  @Test
  void aClientRefusesAnAnswerWithAWrongPathAndClosesIt() {
    endpoint.answer =
        connection -> {
          var path = connection.getPath().toBuilder();
          path.setPathSegments(2, path.getPathSegments(2).toBuilder().setToken("x"));
          return connection.toBuilder().setPath(path).build();
        };
    Failure failure = assertThrows(Failure.class, () -> nsc().request(call()));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    nothingHeld();
  }

  @Test
  void aClientTakesAnAnswerThatIsProven() {
    Connection agreed = nsc().request(call());
    assertEquals(3, agreed.getPath().getPathSegmentsCount());
    assertEquals(1, endpoint.has.size());
  }

  /** Connections outlive certificates: what the client verifies with is what it was shown once. */
  @Test
  void aClientTakesTheAnswerOfAHopThatHasRenewedItsIdentityMeanwhile() {
    Chain client = nsc();
    Connection agreed = client.request(call());
    manager.identities.replace(mesh.identity("nsmgr"), mesh.authority().bundles());
    Connection again = client.request(call().with(agreed));
    assertEquals(3, again.getPath().getPathSegmentsCount());
    assertEquals(1, endpoint.has.size());
  }

  private Chain nsc() {
    Channels channels = stack.push(new Channels(Optional.of(alice.security())));
    return Chain.of(
        List.of(
            Sessions.inMemory(time),
            (call, next) -> next.request(call.towards(manager.url)),
            new AuthorizeAnswer(files.client()),
            new Dial(channels, Tokens.of(alice, LIFETIME, time), time)));
  }

  private Call call() {
    return Call.of(
        fresh().getConnection(), List.of(), new Cause.Asked(), time.now().plusSeconds(20));
  }
}
