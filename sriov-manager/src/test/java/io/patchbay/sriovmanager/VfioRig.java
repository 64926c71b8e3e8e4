package io.patchbay.sriovmanager;

import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A node whose VFs are driven by their containers: what the tests of that stand on. */
abstract class VfioRig {
  @TempDir Path folder;
  final FakeTime time = new FakeTime();
  final Stack opened = new Stack();
  Node node;
  private final NicHardware.Slot slot;
  private final Map<String, String> nodes;

  /**
   * @param slot tells the IOMMU groups
   * @param nodes by the name of a group: the device that stands in for its node
   */
  VfioRig(NicHardware.Slot slot, Map<String, String> nodes) {
    this.slot = slot;
    this.nodes = nodes;
  }

  @BeforeEach
  void powerOn() throws IOException {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    Files.createDirectories(nodes());
    Files.createSymbolicLink(nodes().resolve("vfio"), Path.of("/dev/null"));
    for (Map.Entry<String, String> each : nodes.entrySet()) {
      Files.createSymbolicLink(nodes().resolve(each.getKey()), Path.of(each.getValue()));
    }
    node = opened.push(new Node(folder, time, Node.PATIENT, slot, config()));
  }

  @AfterEach
  void powerOff() {
    opened.close();
  }

  Path nodes() {
    return folder.resolve("vfio");
  }

  static SriovConfig config() {
    return SriovConfigTest.parse(
        """
        physicalFunctions:
          "0000:3b:00.0":
            pfKernelDriver: ice
            vfKernelDriver: vfio-pci
            capabilities: [100g]
            serviceDomains: [example.com]
        """);
  }

  /** Serves what device-plugin calls, until the result is closed. */
  GrpcServer serve(Url url) {
    return GrpcServer.start(
        List.of(url), List.of(new VirtualFunctionsService(node.stock, node.ledger, node.hardware)));
  }

  Url socket() {
    return new Url("unix", folder.resolve("vf.sock").toString());
  }
}
