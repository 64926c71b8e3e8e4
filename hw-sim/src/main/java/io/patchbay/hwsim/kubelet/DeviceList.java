package io.patchbay.hwsim.kubelet;

import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.api.deviceplugin.NUMANode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** What a plugin last said it has, by device id, healthy apart from the rest. */
record DeviceList(SequencedMap<String, Device> healthy, SequencedMap<String, Device> unhealthy) {
  private static final String HEALTHY = "Healthy";

  /** How the checkpoint and PodResources write a device without topology. */
  static final long NO_NUMA_NODE = -1;

  static final DeviceList EMPTY = new DeviceList(new LinkedHashMap<>(), new LinkedHashMap<>());

  DeviceList {
    healthy = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(healthy));
    unhealthy = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(unhealthy));
  }

  static DeviceList of(ListAndWatchResponse response) {
    SequencedMap<String, Device> healthy = new LinkedHashMap<>();
    SequencedMap<String, Device> unhealthy = new LinkedHashMap<>();
    for (Device device : response.getDevicesList()) {
      (device.getHealth().equals(HEALTHY) ? healthy : unhealthy).put(device.getID(), device);
    }
    return new DeviceList(healthy, unhealthy);
  }

  /** The same devices after their plugin has gone. */
  DeviceList abandoned() {
    SequencedMap<String, Device> all = new LinkedHashMap<>(healthy);
    all.putAll(unhealthy);
    return new DeviceList(new LinkedHashMap<>(), all);
  }

  int size() {
    return healthy.size() + unhealthy.size();
  }

  /** The NUMA node a device is first listed under, or {@link #NO_NUMA_NODE}. */
  long numaNode(String id) {
    return Stream.of(healthy, unhealthy)
        .map(devices -> devices.get(id))
        .filter(device -> device != null)
        .map(device -> device.getTopology().getNodesList())
        .filter(nodes -> !nodes.isEmpty())
        .mapToLong(nodes -> firstId(nodes))
        .findFirst()
        .orElse(NO_NUMA_NODE);
  }

  private static long firstId(List<NUMANode> nodes) {
    return nodes.getFirst().getID();
  }

  /** Groups ids by NUMA node. */
  Map<Long, List<String>> byNumaNode(Iterable<String> ids) {
    Map<Long, List<String>> groups = new LinkedHashMap<>();
    for (String id : ids) {
      groups.computeIfAbsent(numaNode(id), node -> new ArrayList<>()).add(id);
    }
    return groups;
  }
}
