package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against fabric8's mock, which keeps objects and compares versions; it checks no schema. */
class KubernetesLeasesTest extends LeaseContractTest {
  private static final Duration LASTING = Duration.ofSeconds(30);

  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(),
          new MockWebServer(),
          new HashMap<>(),
          new KubernetesCrudDispatcher(),
          false);
  private final FakeTime time = new FakeTime();
  private KubernetesClient client;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient(new JdkHttpClientFactory());
    var unused =
        client
            .resource(
                new LeaseBuilder()
                    .withNewMetadata()
                    .withNamespace("nsm-system")
                    .withName("tor-shim")
                    .endMetadata()
                    .build())
            .create();
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private KubernetesLeases store() {
    return new KubernetesLeases(
        server.createClient(new JdkHttpClientFactory()), "nsm-system", "tor-shim", time);
  }

  @Override
  io.patchbay.torshims.lease.Lease replica(String name) {
    return new SharedLease(store(), name, LASTING, time);
  }

  private Lease there() {
    return client.leases().inNamespace("nsm-system").withName("tor-shim").get();
  }

  @Test
  void itIsALeaseAsEverybodyReadsThem() {
    var first = replica("first");
    assertTrue(first.take());
    first.handOver(new Handover("folder", "token"));
    Lease lease = there();
    assertEquals("first", lease.getSpec().getHolderIdentity());
    assertEquals(30, lease.getSpec().getLeaseDurationSeconds());
    assertEquals(1, lease.getSpec().getLeaseTransitions());
    assertEquals(time.now().atZone(ZoneOffset.UTC), lease.getSpec().getAcquireTime());
    assertEquals(
        Map.of("patchbay.io/state-folder", "folder", "patchbay.io/commit-token", "token"),
        lease.getMetadata().getAnnotations());
    time.advance(Duration.ofSeconds(3));
    assertTrue(first.take());
    Lease renewed = there();
    assertEquals(time.now().atZone(ZoneOffset.UTC), renewed.getSpec().getRenewTime());
    assertEquals(lease.getSpec().getAcquireTime(), renewed.getSpec().getAcquireTime());
    assertEquals(1, renewed.getSpec().getLeaseTransitions());
    first.close();
    assertEquals("", there().getSpec().getHolderIdentity());
  }

  @Test
  void whatOthersWriteOnItStays() {
    var first = replica("first");
    assertTrue(first.take());
    var unused =
        client
            .leases()
            .inNamespace("nsm-system")
            .withName("tor-shim")
            .edit(lease -> {
              lease.getMetadata().setLabels(Map.of("team", "fabric"));
              return lease;
            });
    assertTrue(first.take(), "after another look");
    assertEquals(Map.of("team", "fabric"), there().getMetadata().getLabels());
    first.close();
  }

  @Test
  void anotherVersionThanTheLastIsNotWritten() {
    KubernetesLeases one = store();
    KubernetesLeases other = store();
    var unused = client.resource(there()).delete();
    LeaseRecord fresh = new LeaseRecord("", "one", LASTING, 1, Optional.empty());
    LeaseRecord first = one.write(fresh).orElseThrow();
    assertEquals(Optional.empty(), other.write(fresh), "it is there already");
    time.advance(Duration.ofSeconds(3));
    assertTrue(one.write(first).isPresent());
    LeaseRecord stale = first.takenBy("other", LASTING);
    assertEquals(Optional.empty(), other.write(stale));
    assertEquals("one", there().getSpec().getHolderIdentity());
    one.close();
    other.close();
  }

  @Test
  void anApiServerThatIsAwayOrRefusesIsToldApart() {
    var first = replica("first");
    assertTrue(first.take());
    server
        .expect()
        .put()
        .withPath("/apis/coordination.k8s.io/v1/namespaces/nsm-system/leases/tor-shim")
        .andReturn(403, "{}")
        .once();
    server.destroy();
    Failure away = assertThrows(Failure.class, first::take);
    assertEquals(Failure.Kind.UNAVAILABLE, away.kind());
    assertFalse(away.getMessage().isEmpty());
  }
}
