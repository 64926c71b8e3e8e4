package io.patchbay.hwsim.kubelet;

import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import java.util.List;
import java.util.Map;

/**
 * What one container was given of one resource, by NUMA node, and what the plugin answered then: a
 * restarted container gets the same answer without asking again.
 */
record Allocation(
    String podUid,
    String container,
    String resource,
    Map<Long, List<String>> idsByNumaNode,
    ContainerAllocateResponse response) {
  Allocation {
    idsByNumaNode = Map.copyOf(idsByNumaNode);
  }

  List<String> ids() {
    return idsByNumaNode.values().stream().flatMap(List::stream).sorted().toList();
  }
}
