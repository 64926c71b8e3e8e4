package io.patchbay.hwsim.kubelet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.podresources.AllocatableResourcesRequest;
import io.patchbay.api.podresources.ContainerDevices;
import io.patchbay.api.podresources.GetPodResourcesRequest;
import io.patchbay.api.podresources.ListPodResourcesRequest;
import io.patchbay.api.podresources.PodResources;
import io.patchbay.api.podresources.PodResourcesListerGrpc;
import io.patchbay.api.podresources.PodResourcesListerGrpc.PodResourcesListerBlockingStub;
import io.patchbay.base.Await;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PodResources on its socket: who has what, by NUMA node, and no longer when the pod is gone. */
class PodResourcesTest {
  private static final String NAME = "example.com/100g";

  @TempDir Path folder;

  @Test
  void listsActivePodsWithTheirDevices() {
    List<Pod> active = new CopyOnWriteArrayList<>();
    Kubelet.Settings settings = new Kubelet.Settings(folder, Kubelet.Authority.LOCALHOST);
    try (Kubelet kubelet = Kubelet.start(settings, () -> List.copyOf(active), Time.system());
        FakePlugin plugin = new FakePlugin(folder.resolve("device-plugins"), NAME);
        Channels channels = new Channels()) {
      plugin.list(FakePlugin.healthy("a"), FakePlugin.onNumaNode("b", 1));
      plugin.register();
      Await.until(
          "two devices",
          Duration.ofSeconds(10),
          () -> kubelet.devices().allocatable().getOrDefault(NAME, 0) == 2);
      Pod pod = new Pod("uid-1", Manifest.parse("pod.yaml", POD));
      active.add(pod);
      kubelet.devices().admit(pod);

      Url socket = new Url("unix", folder.resolve("pod-resources/kubelet.sock").toString());
      PodResourcesListerBlockingStub stub =
          PodResourcesListerGrpc.newBlockingStub(channels.to(socket));
      PodResources listed =
          stub.list(ListPodResourcesRequest.getDefaultInstance()).getPodResources(0);
      assertEquals("cnf-1 in lab", listed.getName() + " in " + listed.getNamespace());
      assertEquals(
          List.of("example.com/100g [a] on []", "example.com/100g [b] on [1]"),
          listed.getContainers(0).getDevicesList().stream().map(PodResourcesTest::text).toList());
      assertEquals("idle", listed.getContainers(1).getName());
      assertEquals(0, listed.getContainers(1).getDevicesCount());
      assertEquals(listed, stub.get(request("lab")).getPodResources());
      assertEquals(
          2,
          stub.getAllocatableResources(AllocatableResourcesRequest.getDefaultInstance())
              .getDevicesCount());

      active.clear();
      assertEquals(
          0, stub.list(ListPodResourcesRequest.getDefaultInstance()).getPodResourcesCount());
      StatusRuntimeException gone =
          assertThrows(StatusRuntimeException.class, () -> stub.get(request("lab")));
      assertEquals(Status.Code.NOT_FOUND, gone.getStatus().getCode());
    }
  }

  private static GetPodResourcesRequest request(String namespace) {
    return GetPodResourcesRequest.newBuilder()
        .setPodName("cnf-1")
        .setPodNamespace(namespace)
        .build();
  }

  private static String text(ContainerDevices devices) {
    return "%s %s on %s"
        .formatted(
            devices.getResourceName(),
            devices.getDeviceIdsList(),
            devices.getTopology().getNodesList().stream().map(node -> node.getID()).toList());
  }

  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: cnf-1, namespace: lab}
      spec:
        containers:
          - name: app
            image: app
            resources: {limits: {example.com/100g: 2}}
          - {name: idle, image: app}
      """;
}
