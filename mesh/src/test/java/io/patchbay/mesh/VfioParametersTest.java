package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.connection.Mechanism;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VfioParametersTest {
  private static final Mechanism ASKED =
      Mechanism.newBuilder()
          .setType("VFIO")
          .putParameters("cgroupDir", "/kubepods/pod1")
          .putParameters("tokenID", "t-1")
          .build();

  /** The keys of contracts/nsm.md section 2, and what the client said besides. */
  @Test
  void tellsWhichDeviceItIsAndItsNodes() {
    VfioParameters asked = VfioParameters.asked(ASKED).orElseThrow();
    assertEquals(Optional.of("t-1"), asked.tokenId());
    VfioParameters.Device device =
        new VfioParameters.Device(
            "0000:3b:01.0",
            "41",
            new VfioParameters.Node(10, 196),
            new VfioParameters.Node(511, 3));
    Mechanism told = new VfioParameters(asked.tokenId(), Optional.of(device)).onto(ASKED);
    assertEquals("LOCAL", told.getCls());
    assertEquals(
        Map.of(
            "cgroupDir", "/kubepods/pod1",
            "tokenID", "t-1",
            "pciAddress", "0000:3b:01.0",
            "iommuGroup", "41",
            "vfioMajor", "10",
            "vfioMinor", "196",
            "deviceMajor", "511",
            "deviceMinor", "3"),
        told.getParametersMap());
  }

  @Test
  void readsNoOtherMechanism() {
    assertEquals(
        Optional.empty(), VfioParameters.asked(ASKED.toBuilder().setType("KERNEL").build()));
  }
}
