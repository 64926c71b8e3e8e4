package io.patchbay.nsmgr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.ConnectionEventType;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Signed;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may watch the connections of a manager, and which of them, over mutual TLS. */
@Timeout(120)
class NsmgrWatchTest {
  private static final Map<String, String> OWN_ONLY =
      Map.of(
          "PATCHBAY_MONITOR_POLICIES",
          "etc/nsm/opa/common/.*.rego,etc/nsm/opa/server/.*.rego,etc/nsm/opa/monitor/.*.rego");

  @TempDir Path folder;
  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identities alice = mesh.identities("alice");
  private final Identities mallory = mesh.identities("mallory");
  private GuardedNode node;

  private void start(Map<String, String> settings) {
    node = stack.push(new GuardedNode(mesh, folder, settings));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private TokenHeaders headers(Identities identities) {
    return new TokenHeaders(Tokens.of(identities, GuardedNode.LIFETIME, time));
  }

  private Connection connect(Identities who, String name, String id) {
    Connection fresh = Connection.newBuilder().setId(id).setNetworkService("svc").build();
    return NetworkServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(node.channel(who), headers(who)))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .request(
            NetworkServiceRequest.newBuilder().setConnection(Paths.arrive(fresh, name)).build());
  }

  private Iterator<ConnectionEvent> watch(
      Identities who, ClientInterceptor token, PathSegment... segments) {
    return MonitorConnectionGrpc.newBlockingStub(
            ClientInterceptors.intercept(node.channel(who), token))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .monitorConnections(
            MonitorScopeSelector.newBuilder().addAllPathSegments(List.of(segments)).build());
  }

  private Iterator<ConnectionEvent> watch(Identities who, String id) {
    return watch(who, headers(who), PathSegment.newBuilder().setId(id).build());
  }

  private Iterator<ConnectionEvent> watchAll(Identities who) {
    return watch(who, headers(who));
  }

  /** Whose connections an event is about. */
  private static List<String> owners(ConnectionEvent event) {
    return event.getConnectionsMap().values().stream()
        .map(connection -> connection.getPath().getPathSegments(0).getName())
        .sorted()
        .toList();
  }

  private static void denied(Iterator<ConnectionEvent> events) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, events::next);
    assertEquals(Status.Code.PERMISSION_DENIED, e.getStatus().getCode(), e.toString());
    String text = String.valueOf(e.getStatus().getDescription());
    assertTrue(text.startsWith("no sufficient privileges"), text);
  }

  private ClientInterceptor token(String jwt) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("nsm-client-token", Metadata.ASCII_STRING_MARSHALLER), jwt);
    headers.put(
        Metadata.Key.of("nsm-client-token-expires", Metadata.ASCII_STRING_MARSHALLER),
        time.now().plusSeconds(60).toString());
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  @Test
  void whoWatchesProvesItselfAndThenSeesAll() {
    start(Map.of());
    var unused = connect(alice, "alice", "alice-0");
    List<String> here = List.of(mesh.identity("nsmgr").id());
    long past = time.now().getEpochSecond() - 1;
    Map<String, Object> alices = Map.of("aud", here, "sub", alice.current().id());
    denied(watch(alice, token(mesh.token(alice.current(), Map.of("aud", here, "exp", past)))));
    denied(watch(mallory, token(mesh.token(alice.current(), alices))));
    denied(watch(mallory, token(mesh.token(mallory.current(), alices))));
    denied(watch(alice, token(mesh.token(alice.current(), mesh.identity("forwarder")))));
    denied(watch(alice, token("no.jwt.this")));
    denied(watch(alice, MetadataUtils.newAttachHeadersInterceptor(new Metadata())));
    assertEquals(List.of("alice"), owners(watchAll(mallory).next()));
  }

  @Test
  void withTheMonitorPolicyEachSeesItsOwn() {
    start(OWN_ONLY);
    var unused = connect(alice, "alice", "alice-0");
    unused = connect(mallory, "mallory", "mallory-0");
    assertEquals(List.of("alice"), owners(watch(alice, "alice-0").next()));
    assertEquals(List.of("alice"), owners(watchAll(alice).next()));
    assertEquals(List.of("mallory"), owners(watchAll(mallory).next()));
    denied(watch(mallory, "alice-0"));
    denied(watchAll(mesh.identities("eve")));
  }

  /** A client asks before its first request; so may somebody who waits for a client to come. */
  @Test
  void withTheMonitorPolicyWhatComesLaterIsToldToItsOwnerOnly() {
    start(OWN_ONLY);
    Iterator<ConnectionEvent> own = watch(alice, "alice-0");
    Iterator<ConnectionEvent> strangers = watch(mallory, "alice-0");
    assertEquals(ConnectionEventType.INITIAL_STATE_TRANSFER, own.next().getType());
    assertEquals(0, strangers.next().getConnectionsCount());
    var unused = connect(alice, "alice", "alice-0");
    assertEquals(List.of("alice"), owners(own.next()));
    // Mallory may call its own connection as it likes; of the two it is told of that one first.
    unused = connect(mallory, "mallory", "alice-0");
    assertEquals(List.of("mallory"), owners(strangers.next()));
  }
}
