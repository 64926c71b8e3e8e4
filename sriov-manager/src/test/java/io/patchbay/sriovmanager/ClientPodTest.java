package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Signed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which pod a request is for. */
class ClientPodTest {
  private static final SpiffeId OWN = SpiffeId.parse("spiffe://k8s.nsm/ns/nsm/pod/sriov-manager");

  private final Time time = Time.system();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identity manager = identity(mesh, "spiffe://k8s.nsm/ns/nsm/pod/nsmgr");
  private final Identity client = identity(mesh, "spiffe://k8s.nsm/ns/shop/pod/cnf-1");

  private Identity identity(Signed of, String id) {
    return of.authority().issue(SpiffeId.parse(id), Duration.ofHours(1), time);
  }

  private Connection through(Identity first, Identity requester, Map<String, String> labels) {
    return Connection.newBuilder()
        .putAllLabels(labels)
        .setPath(
            Signed.path(
                2,
                List.of(
                    mesh.token(first, requester),
                    mesh.token(requester, manager),
                    mesh.token(manager, requester))))
        .build();
  }

  private static void refused(String words, Connection connection) {
    Failure failure = assertThrows(Failure.class, () -> ClientPod.proven(connection, OWN));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(failure.getMessage().startsWith("no sufficient privileges"), failure.getMessage());
    assertTrue(failure.getMessage().contains(words), failure.getMessage());
  }

  @Test
  void itIsTheOneThatTheIdentityNames() {
    ClientPod pod = new ClientPod("shop", "cnf-1");
    assertEquals(pod, ClientPod.proven(through(client, manager, Map.of()), OWN));
    assertEquals(
        pod,
        ClientPod.proven(
            through(client, manager, Map.of("podName", "cnf-1", "podNamespace", "shop")), OWN));
  }

  @Test
  void aClientMaySpeakForItself() {
    assertEquals(
        new ClientPod("shop", "cnf-1"), ClientPod.proven(through(client, client, Map.of()), OWN));
  }

  @Test
  void labelsThatContradictTheIdentityAreRefused() {
    refused("label podName says 'cnf-2'", through(client, manager, Map.of("podName", "cnf-2")));
    refused(
        "label podNamespace says 'bank', but the client is pod shop/cnf-1",
        through(client, manager, Map.of("podName", "cnf-1", "podNamespace", "bank")));
  }

  @Test
  void aStrangerSpeaksForNobodyElse() {
    Identity mallory = identity(mesh, "spiffe://k8s.nsm/ns/shop/pod/mallory");
    refused(
        "'spiffe://k8s.nsm/ns/shop/pod/mallory' is neither the client",
        through(client, mallory, Map.of()));
    Signed far = new Signed("far.example", time);
    refused(
        "is neither the client",
        through(client, identity(far, "spiffe://far.example/ns/nsm/pod/nsmgr"), Map.of()));
  }

  @Test
  void whoIsNoPodOfThisTrustDomainHasNoFunction() {
    Signed far = new Signed("far.example", time);
    refused(
        "'spiffe://far.example/ns/shop/pod/cnf-1' is no pod of k8s.nsm",
        through(identity(far, "spiffe://far.example/ns/shop/pod/cnf-1"), manager, Map.of()));
    refused(
        "'spiffe://k8s.nsm/users/seven' is no pod",
        through(identity(mesh, "spiffe://k8s.nsm/users/seven"), manager, Map.of()));
    refused("'' is no pod", Connection.getDefaultInstance());
  }
}
