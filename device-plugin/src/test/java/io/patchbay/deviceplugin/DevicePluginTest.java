package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.deviceplugin.CDIDevice;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationRequest;
import io.patchbay.api.deviceplugin.PreferredAllocationRequest;
import io.patchbay.api.vf.InUse;
import io.patchbay.base.Time;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The daemon between a kubelet and a manager, all over real sockets. */
class DevicePluginTest extends PluginRig<Time> {
  DevicePluginTest() {
    super(Time.system());
  }

  @Test
  void registersEachNameOnASocketOfItsOwn() {
    listed();
    assertEquals(Set.of(FAST, LAB), kubelet.registered().keySet());
    assertEquals("v1beta1", kubelet.registered().get(FAST).getVersion());
    assertFalse(
        kubelet
            .registered()
            .get(FAST)
            .getEndpoint()
            .equals(kubelet.registered().get(LAB).getEndpoint()));
    assertTrue(kubelet.options(FAST).getGetPreferredAllocationAvailable());
  }

  /**
   * The manager's config may change while it runs; the kubelet keeps a name that has gone empty.
   */
  @Test
  void namesComeAndGo() {
    listed();
    manager.has(2, FAST, "example.com/ptp");
    eventually("a new name", () -> healthy("example.com/ptp") == 2);
    eventually("an empty list", () -> kubelet.devices(LAB).isEmpty());
    eventually("fewer", () -> kubelet.devices(FAST).size() == 2);
    manager.has(4, FAST, LAB);
    listed();
    eventually("gone again", () -> kubelet.devices("example.com/ptp").isEmpty());
  }

  /** Defect 1: siblings were withdrawn only at the NSM request. */
  @Test
  void aFunctionTakenUnderOneNameLeavesTheOther() {
    listed();
    kubelet.allocate(FAST, "0000:3b:01.2");
    eventually("withdrawn", () -> healthy(LAB) == 3);
    assertEquals("Unhealthy", kubelet.devices(LAB).get("0000:3b:01.2"));
    assertEquals(4, healthy(FAST), "an allocated device stays healthy");
  }

  @Test
  void allocateAnswersWhatTheContainerNeeds() {
    listed();
    ContainerAllocateResponse answer =
        kubelet.allocate(FAST, "0000:3b:01.2", "0000:3b:01.3").getContainerResponses(0);
    assertEquals(
        Map.of(
            "NSM_SRIOV_TOKENS_example.com/100g",
            "token-2,token-3",
            "PCIDEVICE_EXAMPLE_COM_100G",
            "0000:3b:01.2,0000:3b:01.3",
            "PCIDEVICE_EXAMPLE_COM_100G_INFO",
            "{\"0000:3b:01.2\":{\"generic\":{\"deviceID\":\"0000:3b:01.2\"}},"
                + "\"0000:3b:01.3\":{\"generic\":{\"deviceID\":\"0000:3b:01.3\"}}}"),
        answer.getEnvsMap());
    assertEquals(0, answer.getDevicesCount());
    assertEquals(0, answer.getCdiDevicesCount());
  }

  /** Defect 4: by cgroup files, which cgroup v2 does not have. */
  @Test
  void aFunctionThatTheContainerDrivesItselfComesWithItsNodes() {
    listed();
    manager.drivenByContainers(4);
    eventually("both names are told to the runtime", () -> fileCount(folder.resolve("cdi")) == 2);
    String kind = CdiSpecs.kind(FAST);
    ContainerAllocateResponse answer =
        kubelet.allocate(FAST, "0000:3b:01.0", "0000:3b:01.1").getContainerResponses(0);
    assertEquals(
        List.of("/dev/vfio/vfio rw", "/dev/vfio/40 rw"),
        answer.getDevicesList().stream()
            .map(node -> node.getHostPath() + " " + node.getPermissions())
            .toList());
    assertEquals(
        List.of(kind + "=0000:3b:01.0", kind + "=0000:3b:01.1"),
        answer.getCdiDevicesList().stream().map(CDIDevice::getName).toList());
    assertEquals(
        "{\"0000:3b:01.0\":{\"generic\":{\"deviceID\":\"0000:3b:01.0\"},"
            + "\"vfio\":{\"dev-mount\":\"/dev/vfio/40\",\"mount\":\"/dev/vfio/vfio\"}},"
            + "\"0000:3b:01.1\":{\"generic\":{\"deviceID\":\"0000:3b:01.1\"},"
            + "\"vfio\":{\"dev-mount\":\"/dev/vfio/40\",\"mount\":\"/dev/vfio/vfio\"}}}",
        answer.getEnvsOrThrow("PCIDEVICE_EXAMPLE_COM_100G_INFO"));
  }

  /** Who has one VF of a group can reach the other. */
  @Test
  void theRestOfATakenGroupIsWithdrawn() {
    listed();
    manager.drivenByContainers(3);
    kubelet.allocate(FAST, "0000:3b:01.0");
    eventually("only what is no mate", () -> healthy(LAB) == 2 && healthy(FAST) == 3);
    assertEquals(List.of("0000:3b:01.2", "0000:3b:01.3"), sorted(kubelet.healthy(LAB)));
    assertEquals(
        List.of("0000:3b:01.0", "0000:3b:01.2", "0000:3b:01.3"), sorted(kubelet.healthy(FAST)));
  }

  private static int fileCount(Path folder) {
    String[] files = folder.toFile().list();
    return files == null ? 0 : files.length;
  }

  private static List<String> sorted(List<String> ids) {
    return ids.stream().sorted().toList();
  }

  @Test
  void aLostRaceIsRefusedCleanly() {
    listed();
    kubelet.allocate(FAST, "0000:3b:01.2");
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> kubelet.allocate(LAB, "0000:3b:01.2"));
    assertEquals(Status.Code.FAILED_PRECONDITION, refused.getStatus().getCode());
  }

  @Test
  void neverMoreGrantsThanFunctionsOverTwoNames() throws InterruptedException {
    listed();
    AtomicInteger granted = new AtomicInteger();
    List<Thread> callers =
        List.of(FAST, LAB).stream()
            .map(name ->
                Thread.ofVirtual()
                    .start(() -> {
                      for (int i = 0; i < 4; i++) {
                        granted.addAndGet(tryAllocate(name, "0000:3b:01." + i));
                      }
                    }))
            .toList();
    for (Thread caller : callers) {
      caller.join();
    }
    assertEquals(4, granted.get());
  }

  private int tryAllocate(String resource, String id) {
    try {
      return kubelet.allocate(resource, id).getContainerResponsesCount();
    } catch (StatusRuntimeException refused) {
      return 0;
    }
  }

  /** Defect 11: after a kubelet restart the socket was not made again. */
  @Test
  void aRestartedKubeletFindsItAgain() throws IOException {
    listed();
    kubelet.stop();
    kubelet.start();
    listed();
    assertEquals(1, kubelet.allocate(FAST, "0000:3b:01.0").getContainerResponsesCount());
  }

  @Test
  void anOwnSocketThatVanishesIsMadeAgain() throws IOException {
    listed();
    Path socket = kubelet.plugins.resolve(kubelet.registered().get(FAST).getEndpoint());
    Files.delete(socket);
    eventually("socket made again", () -> Files.exists(socket));
    listed();
  }

  @Test
  void waitsForAKubeletThatIsNotThere() throws IOException {
    plugin.close();
    kubelet.stop();
    plugin = newPlugin();
    assertEquals(Map.of(), kubelet.registered());
    kubelet.start();
    listed();
  }

  @Test
  void doesNotRegisterWithoutAManager() throws IOException {
    listed();
    int attempts = kubelet.attempts(FAST);
    plugin.close();
    manager.stop();
    kubelet.stop();
    kubelet.start();
    Path dead = kubelet.plugins.resolve("patchbay-example.com_100g-00000000-dead.sock");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(dead))
        .close();
    plugin = newPlugin();
    eventually("it has looked at the kubelet's folder", () -> !Files.exists(dead));
    assertEquals(attempts, kubelet.attempts(FAST));
    manager.start();
    listed();
    assertEquals(attempts + 1, kubelet.attempts(FAST), "once the manager has told of it");
  }

  @Test
  void reportsWhichPodHasWhat() {
    listed();
    kubelet.allocate(FAST, "0000:3b:01.2");
    kubelet.runs("cnf-1", FAST, "0000:3b:01.2");
    kubelet.runs("other", "vendor.com/gpu", "gpu0");
    eventually("the pod is reported", () -> lastReport().getUsesCount() == 1);
    assertEquals("cnf-1", lastReport().getUses(0).getPodName());
    assertEquals("default", lastReport().getUses(0).getPodNamespace());
    assertEquals("app", lastReport().getUses(0).getContainerName());
    assertFalse(lastReport().getSettling(), "nothing was given away before it started");
  }

  @Test
  void aRestartedKubeletSettlesUntilItHasListedAllThatItGaveAway() throws IOException {
    manager.seen("cnf-1", FAST, 1);
    manager.seen("cnf-2", FAST, 2);
    kubelet.runs("cnf-1", FAST, "0000:3b:01.1");
    kubelet.runs("cnf-2", FAST, "0000:3b:01.2");
    eventually("both are reported", () -> lastReport().getUsesCount() == 2);
    kubelet.stop();
    kubelet.forget();
    kubelet.start();
    kubelet.runs("cnf-1", FAST, "0000:3b:01.1");
    eventually("one is reported", () -> lastReport().getUsesCount() == 1);
    assertTrue(lastReport().getSettling(), "it may not know all its pods yet");
    kubelet.runs("cnf-2", FAST, "0000:3b:01.2");
    eventually("both again", () -> lastReport().getUsesCount() == 2);
    assertFalse(lastReport().getSettling());
    kubelet.forget();
    eventually("both are gone", () -> lastReport().getUsesCount() == 0);
    assertFalse(lastReport().getSettling(), "what it has listed once it knows");
  }

  @Test
  void aNameThatIsSlowToRegisterHoldsUpNoOther() {
    plugin.close();
    kubelet.letWait(FAST, LAB);
    plugin = newPlugin();
    listed();
    assertEquals(1, kubelet.attempts(FAST), "it waited for the other, and was not given up");
  }

  private InUse lastReport() {
    return manager.reports.isEmpty() ? InUse.getDefaultInstance() : manager.reports.getLast();
  }

  @Test
  void prefersAsAsked() {
    listed();
    var request =
        PreferredAllocationRequest.newBuilder()
            .addContainerRequests(
                ContainerPreferredAllocationRequest.newBuilder()
                    .addAllAvailableDeviceIDs(kubelet.healthy(FAST))
                    .addMustIncludeDeviceIDs("0000:3b:01.3")
                    .setAllocationSize(2))
            .build();
    assertEquals(
        List.of("0000:3b:01.3", "0000:3b:01.0"),
        kubelet
            .plugin(FAST)
            .getPreferredAllocation(request)
            .getContainerResponses(0)
            .getDeviceIDsList());
  }

  @Test
  void removesItsSocketsAndThoseOfTheDead() throws IOException {
    listed();
    plugin.close();
    Path dead = kubelet.plugins.resolve("patchbay-example.com_100g-00000000-dead.sock");
    Files.createFile(dead);
    plugin = newPlugin();
    eventually("the dead one's socket is gone", () -> !Files.exists(dead));
    listed();
    plugin.close();
    assertEquals(
        List.of("kubelet.sock"),
        Files.list(kubelet.plugins).map(file -> file.getFileName().toString()).toList());
  }
}
