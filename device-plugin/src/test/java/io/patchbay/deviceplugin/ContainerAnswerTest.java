package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who hands over the device nodes of VFs that containers drive themselves. */
class ContainerAnswerTest {
  private static final String NAME = "patchbay.io/vf-x=0000:3b:01.0";

  private static Grant grant() {
    return Grant.newBuilder()
        .setPciAddress("0000:3b:01.0")
        .setToken("t")
        .addDeviceNodes(
            DeviceNode.newBuilder()
                .setContainerPath("/dev/vfio/41")
                .setHostPath("/dev/vfio/41")
                .setPermissions("rw"))
        .build();
  }

  @ParameterizedTest
  @CsvSource({"true, false, 1", "true, true, 0", "false, false, 1", "false, true, 1"})
  void theKubeletDoesUnlessTheRuntimeDoesAlone(boolean told, boolean alone, int nodes) {
    List<String> cdi = told ? List.of(NAME) : List.of();
    ContainerAllocateResponse answer =
        new ContainerAnswer("example.com/100g", List.of(grant()), cdi, alone).response();
    assertEquals(nodes, answer.getDevicesCount());
    assertEquals(cdi.size(), answer.getCdiDevicesCount());
    assertTrue(answer.getEnvsMap().containsKey("PCIDEVICE_EXAMPLE_COM_100G"));
  }

  private static String told(String... paths) {
    Grant.Builder grant = grant().toBuilder().clearDeviceNodes();
    for (String path : paths) {
      grant.addDeviceNodes(DeviceNode.newBuilder().setContainerPath(path).setHostPath(path));
    }
    return new ContainerAnswer("example.com/100g", List.of(grant.build()), List.of(), false)
        .response()
        .getEnvsOrThrow("PCIDEVICE_EXAMPLE_COM_100G_INFO");
  }

  /** The words that applications know from sriov-network-device-plugin. */
  @Test
  void eachDeviceNodeIsToldByItsWord() {
    assertEquals(
        "{'0000:3b:01.0':{'generic':{'deviceID':'0000:3b:01.0'}}}".replace('\'', '"'), told());
    assertEquals(
        """
        {'0000:3b:01.0':{'generic':{'deviceID':'0000:3b:01.0'},
        'vfio':{'dev-mount':'/dev/vfio/41','mount':'/dev/vfio/vfio'},
        'vhost':{'net-mount':'/dev/vhost-net','tun-mount':'/dev/net/tun'}}}\
        """
            .replace('\'', '"')
            .replace("\n", ""),
        told("/dev/vfio/vfio", "/dev/vfio/41", "/dev/vhost-net", "/dev/net/tun"));
    assertEquals(
        """
        {'0000:3b:01.0':{'generic':{'deviceID':'0000:3b:01.0'},
        'rdma':{'issm':'/dev/infiniband/issm3','rdma_cm':'/dev/infiniband/rdma_cm',
        'umad':'/dev/infiniband/umad3','uverbs':'/dev/infiniband/uverbs3'}}}\
        """
            .replace('\'', '"')
            .replace("\n", ""),
        told(
            "/dev/infiniband/issm3",
            "/dev/infiniband/umad3",
            "/dev/infiniband/uverbs3",
            "/dev/infiniband/rdma_cm"));
  }
}
