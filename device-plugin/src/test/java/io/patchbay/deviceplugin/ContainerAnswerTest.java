package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.vf.DeviceNode;
import io.patchbay.api.vf.Grant;
import java.util.List;
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
}
