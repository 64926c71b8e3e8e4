package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.patchbay.torshims.ApiServer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against an {@link ApiServer}. */
class KubernetesLeasesTest extends LeaseStoreContractTest {
  private final ApiServer server = new ApiServer();
  private final KubernetesClient client = server.client();

  @BeforeEach
  void start() {
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
  void close() {
    server.close();
  }

  @Override
  LeaseStore connect() {
    return new KubernetesLeases(server.connect(), "nsm-system", "tor-shim", time);
  }

  @Override
  void deleteLease() {
    var unused = client.resource(there()).delete();
  }

  private Resource<ConfigMap> intents(String place) {
    return client
        .configMaps()
        .inNamespace("nsm-system")
        .withName(KubernetesIntents.name("tor-shim", place));
  }

  @Override
  void delete(String place) {
    var unused = intents(place).delete();
  }

  @Override
  void damage(String place) {
    var unused =
        intents(place)
            .edit(map -> {
              map.setData(Map.of("entries", "{\"entries\":"));
              return map;
            });
  }

  @Override
  String words(String place) {
    return "ConfigMap " + KubernetesIntents.name("tor-shim", place) + " in namespace nsm-system";
  }

  @Override
  void stop() {
    server.stop();
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
}
