package io.patchbay.deviceplugin.dra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against fabric8's mock, which keeps objects; it checks no schema. */
class KubernetesClusterTest {
  private static final String CLAIM =
      """
      apiVersion: resource.k8s.io/v1
      kind: ResourceClaim
      metadata: {name: fast, namespace: team}
      spec:
        devices:
          requests:
            - name: port
              exactly: {deviceClassName: fast, allocationMode: ExactCount, count: 1}
      status:
        reservedFor:
          - {resource: pods, name: cnf-1, uid: pod-uid}
          - {apiGroup: example.com, resource: jobs, name: job-1, uid: job-uid}
        allocation:
          devices:
            results:
              - {request: port, driver: sriov.example.com, pool: node-1, device: 0000-3b-01-0}
              - {request: gpu/big, driver: gpu.example.com, pool: node-1, device: g0, adminAccess: true, shareID: s1}
            config:
              - source: FromClass
                opaque: {driver: sriov.example.com, parameters: {resourceName: example.com/10g}}
              - source: FromClaim
                requests: [port]
                opaque:
                  driver: sriov.example.com
                  parameters: {apiVersion: v1, kind: Any, resourceName: example.com/100g}
              - source: FromClaim
                opaque: {driver: gpu.example.com, parameters: {size: 3}}
      """;

  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(),
          new MockWebServer(),
          new HashMap<>(),
          new KubernetesCrudDispatcher(),
          false);
  private KubernetesClient client;
  private KubernetesCluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient(new JdkHttpClientFactory());
    cluster = new KubernetesCluster(client);
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.destroy();
  }

  @Test
  void readsWhatWasAllocated() {
    assertEquals(Optional.empty(), cluster.find("team", "fast"));
    ResourceClaim claim = Serialization.unmarshal(CLAIM, ResourceClaim.class);
    String uid = client.resource(claim).create().getMetadata().getUid();
    AllocatedClaim found = cluster.find("team", "fast").orElseThrow();
    assertEquals(uid, found.uid());
    assertEquals(List.of("cnf-1", ""), found.pods());
    assertEquals(
        List.of(
            new AllocatedClaim.Result(
                "port", "sriov.example.com", "node-1", "0000-3b-01-0", false, ""),
            new AllocatedClaim.Result("gpu/big", "gpu.example.com", "node-1", "g0", true, "s1")),
        found.results());
    assertEquals(
        Optional.of("example.com/100g"),
        found.resourceName(found.results().getFirst()),
        "the claim's word counts more than its class's");
    assertEquals(Optional.empty(), found.resourceName(found.results().getLast()));
  }

  @Test
  void aClaimWithoutAllocationHasNothing() {
    ResourceClaim claim = Serialization.unmarshal(CLAIM, ResourceClaim.class);
    claim.setStatus(null);
    var unused = client.resource(claim).create();
    AllocatedClaim found = cluster.find("team", "fast").orElseThrow();
    assertTrue(found.results().isEmpty() && found.pods().isEmpty());
  }

  private void node() {
    var unused =
        client
            .resource(new NodeBuilder().withNewMetadata().withName("node-1").endMetadata().build())
            .create();
  }

  private static Pool pool(int functions) {
    return Pool.of(
        "sriov.example.com", "node-1", IntStream.range(0, functions).mapToObj(n -> vf(n)).toList());
  }

  private static VirtualFunction vf(int number) {
    return VirtualFunction.newBuilder()
        .setPciAddress("0000:3b:%02x.%d".formatted(1 + number / 8, number % 8))
        .setPfAddress("0000:3b:00.0")
        .setPfName("ens1f0")
        .setNumber(number)
        .setNumaNode(-1)
        .setDriver("iavf")
        .setState(State.FREE)
        .addResourceNames("example.com/100g")
        .addResourceNames("example.com/p-t.p")
        .build();
  }

  private List<ResourceSlice> slices() {
    return client.resources(ResourceSlice.class).list().getItems().stream()
        .sorted(Comparator.comparing(slice -> slice.getMetadata().getName()))
        .toList();
  }

  @Test
  void aPoolIsWrittenWholeAndOnlyWhenItHasChanged() {
    Failure refused = assertThrows(Failure.class, () -> cluster.publish(pool(1)));
    assertTrue(refused.getMessage().contains("there is no node node-1"), refused.getMessage());
    node();
    cluster.publish(pool(130));
    List<ResourceSlice> first = slices();
    assertEquals(
        List.of(128, 2), first.stream().map(s -> s.getSpec().getDevices().size()).toList());
    for (ResourceSlice slice : first) {
      assertEquals("node-1", slice.getSpec().getPool().getName());
      assertEquals(1, slice.getSpec().getPool().getGeneration());
      assertEquals(2, slice.getSpec().getPool().getResourceSliceCount());
      assertEquals("node-1", slice.getSpec().getNodeName());
      assertEquals("Node", slice.getMetadata().getOwnerReferences().getFirst().getKind());
    }
    cluster.publish(pool(130));
    assertEquals(first, slices(), "nothing is written");
    cluster.publish(pool(5));
    List<ResourceSlice> second = slices();
    assertEquals(1, second.size());
    assertEquals(2, second.getFirst().getSpec().getPool().getGeneration());
    assertEquals(1, second.getFirst().getSpec().getPool().getResourceSliceCount());
    cluster.publish(pool(0));
    assertEquals(List.of(), slices().getFirst().getSpec().getDevices());
  }

  @Test
  void aDeviceSaysWhatASelectorAsksFor() {
    Pool.Offer offer = pool(1).slices().getFirst().getFirst();
    assertEquals("0000-3b-01-0", offer.name());
    assertEquals(
        "{example.com/cap_100g=true, example.com/cap_p_t_p=true, kernelDriver=iavf,"
            + " pfAddress=0000:3b:00.0, pfName=ens1f0,"
            + " resource.kubernetes.io/pciBusID=0000:3b:01.0, vfNumber=0}",
        offer.attributes().toString());
    assertEquals(Optional.of("0000:3b:01.0"), DeviceName.address(offer.name()));
    assertEquals(Optional.empty(), DeviceName.address("gpu-0"));
  }
}
