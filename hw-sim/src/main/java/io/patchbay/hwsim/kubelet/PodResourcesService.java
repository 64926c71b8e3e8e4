package io.patchbay.hwsim.kubelet;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.podresources.AllocatableResourcesRequest;
import io.patchbay.api.podresources.AllocatableResourcesResponse;
import io.patchbay.api.podresources.ContainerDevices;
import io.patchbay.api.podresources.ContainerResources;
import io.patchbay.api.podresources.GetPodResourcesRequest;
import io.patchbay.api.podresources.GetPodResourcesResponse;
import io.patchbay.api.podresources.ListPodResourcesRequest;
import io.patchbay.api.podresources.ListPodResourcesResponse;
import io.patchbay.api.podresources.NUMANode;
import io.patchbay.api.podresources.PodResources;
import io.patchbay.api.podresources.PodResourcesListerGrpc;
import io.patchbay.api.podresources.TopologyInfo;
import io.patchbay.base.Failure;
import io.patchbay.sockets.Calls;
import java.util.List;
import java.util.Map;

/**
 * Tells which pod holds which device (contracts/kubelet.md section 6): active pods, one entry per
 * NUMA node, no UIDs, and no cpu or memory since nothing here hands those out.
 */
final class PodResourcesService extends PodResourcesListerGrpc.PodResourcesListerImplBase {
  private final NodeDevices devices;
  private final ActivePods pods;

  PodResourcesService(NodeDevices devices, ActivePods pods) {
    this.devices = devices;
    this.pods = pods;
  }

  @Override
  public void list(
      ListPodResourcesRequest request, StreamObserver<ListPodResourcesResponse> observer) {
    Calls.answer(
        observer,
        () -> {
          devices.dropInactive();
          return ListPodResourcesResponse.newBuilder()
              .addAllPodResources(pods.now().stream().map(this::resources).toList())
              .build();
        });
  }

  @Override
  public void get(
      GetPodResourcesRequest request, StreamObserver<GetPodResourcesResponse> observer) {
    Calls.answer(
        observer,
        () -> {
          devices.dropInactive();
          Pod pod =
              pods.now().stream()
                  .filter(candidate ->
                      candidate.name().equals(request.getPodName())
                          && candidate.namespace().equals(request.getPodNamespace()))
                  .findFirst()
                  .orElseThrow(() -> unknown(request));
          return GetPodResourcesResponse.newBuilder().setPodResources(resources(pod)).build();
        });
  }

  private static Failure unknown(GetPodResourcesRequest request) {
    return new Failure(
        Failure.Kind.NOT_FOUND,
        "pod %s in namespace %s not found"
            .formatted(request.getPodName(), request.getPodNamespace()));
  }

  @Override
  public void getAllocatableResources(
      AllocatableResourcesRequest request, StreamObserver<AllocatableResourcesResponse> observer) {
    Calls.answer(
        observer,
        () -> {
          AllocatableResourcesResponse.Builder answer = AllocatableResourcesResponse.newBuilder();
          devices
              .allocatableByNumaNode()
              .forEach(
                  (resource, groups) -> answer.addAllDevices(containerDevices(resource, groups)));
          return answer.build();
        });
  }

  private PodResources resources(Pod pod) {
    PodResources.Builder answer =
        PodResources.newBuilder().setName(pod.name()).setNamespace(pod.namespace());
    for (ContainerSpec container : pod.spec().all()) {
      ContainerResources.Builder resources = answer.addContainersBuilder();
      resources.setName(container.name());
      devices
          .allocations(pod.uid(), container.name())
          .forEach(allocation ->
              resources.addAllDevices(
                  containerDevices(allocation.resource(), allocation.idsByNumaNode())));
    }
    return answer.build();
  }

  private static List<ContainerDevices> containerDevices(
      String resource, Map<Long, List<String>> idsByNumaNode) {
    return idsByNumaNode.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(group -> {
          ContainerDevices.Builder devices =
              ContainerDevices.newBuilder()
                  .setResourceName(resource)
                  .addAllDeviceIds(group.getValue());
          if (group.getKey() != DeviceList.NO_NUMA_NODE) {
            devices.setTopology(
                TopologyInfo.newBuilder().addNodes(NUMANode.newBuilder().setID(group.getKey())));
          }
          return devices.build();
        })
        .toList();
  }
}
