package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.FabricTrial;
import io.patchbay.api.fabric.TryRequest;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code patchbay fabric try} asks, of a whole shim and a simulated switch. */
@Timeout(120)
class TrialTest {
  @TempDir private Path folder;
  private Rig rig;
  private String factory;

  @BeforeEach
  void start() throws IOException {
    rig = new Rig(folder);
    factory = rig.tor.runningConfig();
    rig.start();
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private List<String> tried(String service, String switchName) {
    return tried(service, switchName, "");
  }

  private List<String> tried(String service, String switchName, String capability) {
    Url socket = Url.parse("unix://" + folder.resolve("state").resolve("fabric.sock"));
    try (Channels channels = new Channels()) {
      FabricTrial trial =
          FabricGrpc.newBlockingStub(channels.to(socket))
              .try_(
                  TryRequest.newBuilder()
                      .setService(service)
                      .setSwitchName(switchName)
                      .setCapability(capability)
                      .build());
      return trial.getPortsList().stream()
          .map(port ->
              "%s %s %d: %s"
                  .formatted(
                      port.getPort(),
                      port.getService(),
                      port.getVlan(),
                      port.getTaken() ? "yes" : port.getReason()))
          .toList();
    }
  }

  @Test
  void everyServiceIsTriedOnEveryCabledPortAndNothingIsChanged() {
    assertEquals(
        List.of(
            "Ethernet1 myns 100: yes",
            "Ethernet2 myns 100: yes",
            "Ethernet1 other 200: yes",
            "Ethernet2 other 200: yes"),
        tried("", ""));
    assertEquals(
        List.of("Ethernet1 myns 100: yes", "Ethernet2 myns 100: yes"), tried("myns", "tor-1"));
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void gatewayPortsAreTriedToo() throws IOException {
    rig.close();
    rig = new Rig(folder);
    String gateway = "mtu: 1500\n    gatewayPorts: [{switch: tor-1, port: Ethernet48}]";
    Files.writeString(
        folder.resolve("FABRIC"), FabricFilesTest.FABRIC.replace("mtu: 1500", gateway));
    rig.start();
    List<String> told = tried("myns", "");
    assertEquals(3, told.size(), told::toString);
    assertTrue(told.getLast().startsWith("Ethernet48 myns 100: "), told::toString);
    assertTrue(!told.getLast().endsWith("yes"), "the switch has no such port");
  }

  /** The switch has no policy of that name; of a VF of another one it is not even asked. */
  @Test
  void theRateOfACapabilityIsTriedForItAlone() throws IOException {
    rig.close();
    rig = new Rig(folder);
    String rates = "mtu: 1500\n    port: {qos: {capabilities: {fast: {in: gold}}}}";
    Files.writeString(folder.resolve("FABRIC"), FabricFilesTest.FABRIC.replace("mtu: 1500", rates));
    rig.start();
    assertTrue(tried("myns", "").getFirst().endsWith("yes"));
    String fast = tried("myns", "", "fast").getFirst();
    assertTrue(fast.contains("gold"), fast);
    String slow = tried("myns", "", "slow").getFirst();
    assertTrue(slow.contains("service myns has a rate for VFs of [fast] only"), slow);
    assertTrue(tried("other", "", "slow").getFirst().endsWith("yes"), "it has none for anybody");
  }

  /** Its VLANs are others'; no switch would say that. */
  @Test
  void aServiceThatCanHaveNoVlanIsRefusedWithTheReason() throws IOException {
    rig.close();
    rig = new Rig(folder);
    String late =
        """
          - name: late
            vlans: ["100", "200"]
            addresses: {prefix: 10.62.0.0/24, gateway: 10.62.0.1}
        """;
    Files.writeString(folder.resolve("FABRIC"), FabricFilesTest.FABRIC + late);
    rig.start();
    var unused = rig.request("a", "other", "node-1", "02:00:00:00:01:00");
    List<String> told = tried("late", "");
    assertEquals(2, told.size(), told::toString);
    assertTrue(told.getFirst().contains("no VLAN left for service late"), told::toString);
  }

  @Test
  void whatIsNotInTheFilesIsNamed() {
    for (List<String> unknown : List.of(List.of("nowhere", ""), List.of("", "tor-9"))) {
      StatusRuntimeException failure =
          assertThrows(
              StatusRuntimeException.class, () -> tried(unknown.getFirst(), unknown.getLast()));
      assertEquals(Status.Code.NOT_FOUND, failure.getStatus().getCode());
    }
  }

  @Test
  void aSwitchThatIsAwayIsToldForEachPort() {
    rig.tor.close();
    List<String> told = tried("myns", "");
    assertEquals(2, told.size());
    assertTrue(told.getFirst().contains("cannot be reached"), told::toString);
  }
}
