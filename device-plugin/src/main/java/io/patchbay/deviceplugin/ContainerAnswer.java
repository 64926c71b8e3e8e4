package io.patchbay.deviceplugin;

import io.patchbay.api.deviceplugin.CDIDevice;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.DeviceSpec;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import io.patchbay.base.Json;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a container finds of its VFs: environment variables as NSM's clients and as DPDK and its kin
 * read them, and for VFs that it drives itself the device nodes, once by the kubelet and once by
 * the container runtime, whichever of them knows how. Pure.
 *
 * @param resource the name they were asked for by
 * @param cdi the runtime's names for them; none when it has not been told of them
 * @param cdiAlone whether those names, where there are some, stand for the kubelet's device nodes
 */
record ContainerAnswer(String resource, List<Grant> grants, List<String> cdi, boolean cdiAlone) {
  ContainerAnswer {
    grants = List.copyOf(grants);
    cdi = List.copyOf(cdi);
  }

  ContainerAllocateResponse response() {
    String addresses = variable(resource);
    ContainerAllocateResponse.Builder response =
        ContainerAllocateResponse.newBuilder()
            .putEnvs("NSM_SRIOV_TOKENS_" + resource, joined(Grant::getToken))
            .putEnvs(addresses, joined(Grant::getPciAddress))
            .putEnvs(addresses + "_INFO", described());
    Set<DeviceNode> nodes = new LinkedHashSet<>();
    if (cdi.isEmpty() || !cdiAlone) {
      grants.forEach(grant -> nodes.addAll(grant.getDeviceNodesList()));
    }
    nodes.forEach(node -> response.addDevices(spec(node)));
    cdi.forEach(name -> response.addCdiDevices(CDIDevice.newBuilder().setName(name)));
    return response.build();
  }

  private String joined(Function<Grant, String> part) {
    return grants.stream().map(part).collect(Collectors.joining(","));
  }

  /** By address: what it is called, and through which device nodes it is used. */
  private String described() {
    Map<String, Map<String, Map<String, String>>> devices = new LinkedHashMap<>();
    for (Grant grant : grants) {
      Map<String, Map<String, String>> device = new LinkedHashMap<>();
      device.put("generic", Map.of("deviceID", grant.getPciAddress()));
      for (DeviceNode node : grant.getDeviceNodesList()) {
        NodeWord.of(node.getContainerPath())
            .ifPresent(word ->
                device
                    .computeIfAbsent(word.kind(), unused -> new LinkedHashMap<>())
                    .put(word.name(), node.getContainerPath()));
      }
      devices.put(grant.getPciAddress(), device);
    }
    return Json.write(devices);
  }

  /** The variable that DPDK and its kin read: {@code PCIDEVICE_EXAMPLE_COM_100G}. */
  static String variable(String resource) {
    return "PCIDEVICE_" + resource.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }

  private static DeviceSpec spec(DeviceNode node) {
    return DeviceSpec.newBuilder()
        .setContainerPath(node.getContainerPath())
        .setHostPath(node.getHostPath())
        .setPermissions(node.getPermissions())
        .build();
  }
}
