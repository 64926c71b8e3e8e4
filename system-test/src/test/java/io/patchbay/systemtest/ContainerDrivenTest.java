package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.deviceplugin.AllocateRequest;
import io.patchbay.api.deviceplugin.CDIDevice;
import io.patchbay.api.deviceplugin.ContainerAllocateRequest;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.DevicePluginGrpc;
import io.patchbay.api.deviceplugin.DeviceSpec;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.deviceplugin.DevicePlugin;
import io.patchbay.deviceplugin.DevicePluginConfig;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.kubelet.Kubelet;
import io.patchbay.hwsim.kubelet.Manifest;
import io.patchbay.hwsim.kubelet.Pod;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.sockets.Channels;
import io.patchbay.sriovmanager.SriovManager;
import io.patchbay.sriovmanager.SriovManagerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both daemons of a node between a simulated kubelet and a simulated NIC, whose eight VFs are for
 * containers to drive, under two names. The device nodes are stood in for by /dev/null.
 */
class ContainerDrivenTest {
  private static final String FAST = "example.com/100g";
  private static final String LAB = "lab.example.org/100g";
  private static final int PARKING = 4094;
  private static final int VFS = 8;

  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final List<Pod> active = new CopyOnWriteArrayList<>();
  private MachineNics nics;
  private Kubelet kubelet;

  @BeforeEach
  void powerOn() throws IOException {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    Files.createDirectories(folder.resolve("vfio"));
    Files.createDirectories(folder.resolve("cdi"));
    for (int group = 41; group <= 40 + VFS; group++) {
      Files.createSymbolicLink(folder.resolve("vfio/" + group), Path.of("/dev/null"));
    }
    Files.createSymbolicLink(folder.resolve("vfio/vfio"), Path.of("/dev/null"));
    NetworkNamespace home = opened.push(NetworkNamespace.create());
    NicHardware nic =
        new NicHardware(
            PciAddress.parse("0000:3b:00.0"),
            "pf0",
            MacAddress.parse("02:00:00:00:01:00"),
            VFS,
            NicModel.E810,
            new NicHardware.Slot(0, OptionalInt.of(40), NicHardware.Delays.NONE));
    Cable cable = opened.push(new Cable("test"));
    nics =
        opened.push(
            MachineNics.open(
                new MachineNics.Machine(home, folder.resolve("pci"), folder.resolve("netlink")),
                List.of(new MachineNics.Plugged(nic, cable.nicEnd()))));
    home.links().up(home.links().require("pf0").index());
    Kubelet.Settings settings =
        new Kubelet.Settings(folder.resolve("kubelet"), Kubelet.Authority.LOCALHOST);
    kubelet = opened.push(Kubelet.start(settings, () -> List.copyOf(active), Time.system()));
    opened.push(SriovManager.start(managerConfig(), home, Time.system()));
    opened.push(DevicePlugin.start(pluginConfig(), Time.system()));
    eventually("all VFs", () -> allocatable().equals(Map.of(FAST, VFS, LAB, VFS)));
  }

  private SriovManagerConfig managerConfig() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("pci.config"),
            """
            physicalFunctions:
              "0000:3b:00.0":
                pfKernelDriver: ice
                vfKernelDriver: vfio-pci
                capabilities: [100g]
                serviceDomains: [example.com, lab.example.org]
            """);
    Map<String, String> environment = new HashMap<>();
    environment.put("NODE_NAME", "node-1");
    environment.put("NSM_SRIOV_CONFIG_FILE", config.toString());
    environment.put("NSM_PCI_DEVICES_PATH", folder.resolve("pci/devices").toString());
    environment.put("NSM_PCI_DRIVERS_PATH", folder.resolve("pci/drivers").toString());
    environment.put("NSM_VFIO_PATH", folder.resolve("vfio").toString());
    environment.put("PATCHBAY_PF_NETLINK", folder.resolve("netlink").toString());
    environment.put("PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    environment.put("PATCHBAY_VF_SOCKET", url("vf.sock"));
    environment.put("NSM_LISTEN_ON", url("listen.sock"));
    environment.put("NSM_CONNECT_TO", url("nsm.io.sock"));
    return Environment.read(SriovManagerConfig.class, environment);
  }

  private DevicePluginConfig pluginConfig() {
    Path kubeletFolder = folder.resolve("kubelet");
    return Environment.read(
        DevicePluginConfig.class,
        Map.of(
            "NSM_DEVICE_PLUGIN_PATH", kubeletFolder.resolve("device-plugins").toString(),
            "PATCHBAY_PLUGINS_REGISTRY_PATH", kubeletFolder.resolve("none").toString(),
            "NSM_POD_RESOURCES_PATH", kubeletFolder.resolve("pod-resources").toString(),
            "NSM_RESOURCE_POLL_TIMEOUT", "200ms",
            "PATCHBAY_VF_SOCKET", url("vf.sock"),
            "PATCHBAY_CDI_PATH", folder.resolve("cdi").toString()));
  }

  private String url(String socket) {
    return "unix://" + folder.resolve(socket);
  }

  @AfterEach
  void powerOff() {
    opened.close();
  }

  private static void eventually(String what, BooleanSupplier condition) {
    Await.until(what, Duration.ofSeconds(20), condition);
  }

  private Map<String, Integer> allocatable() {
    return kubelet.devices().allocatable();
  }

  private long parked() {
    return nics.snapshot().getFirst().vfs().stream()
        .filter(vf -> vf.settings().vlan() == PARKING)
        .count();
  }

  private Pod admit(int functions) {
    Pod pod =
        new Pod(
            "uid-1",
            Manifest.parse(
                "pod.yaml",
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: cnf-1, namespace: lab}
                spec:
                  containers:
                    - name: app
                      image: app
                      resources: {limits: {example.com/100g: %d}}
                """
                    .formatted(functions)));
    active.add(pod);
    kubelet.devices().admit(pod);
    return pod;
  }

  @Test
  void aContainerGetsWhatItNeedsToDriveItsFunctionsWhichReachNothingYet() throws IOException {
    Pod pod = admit(2);
    ContainerAllocateResponse given =
        kubelet.devices().start(pod, pod.spec().containers().getFirst()).response();
    String addresses = given.getEnvsOrThrow("PCIDEVICE_EXAMPLE_COM_100G");
    String tokens = given.getEnvsOrThrow("NSM_SRIOV_TOKENS_" + FAST);
    assertEquals(2, addresses.split(",").length);
    assertEquals(2, tokens.split(",").length);
    List<String> nodes = given.getDevicesList().stream().map(DeviceSpec::getHostPath).toList();
    assertEquals(3, nodes.size(), nodes.toString());
    assertEquals("/dev/vfio/vfio", nodes.getFirst());
    assertTrue(nodes.stream().skip(1).allMatch(node -> node.matches("/dev/vfio/4[1-8]")));
    assertEquals(VFS, parked(), "before a container could use them");
    List<String> names = given.getCdiDevicesList().stream().map(CDIDevice::getName).toList();
    assertEquals(2, names.size());
    for (String name : names) {
      String kind = name.substring(0, name.indexOf('='));
      String device = name.substring(name.indexOf('=') + 1);
      assertTrue(addresses.contains(device), name);
      assertTrue(spec(kind).contains(device), name);
    }
    eventually(
        "withdrawn under the other name",
        () -> allocatable().equals(Map.of(FAST, VFS, LAB, VFS - 2)));

    eventually("the kubelet has said whose they are", () -> ofPod("cnf-1") == 2);
    active.clear();
    eventually("all free again", () -> allocatable().equals(Map.of(FAST, VFS, LAB, VFS)));
  }

  private long ofPod(String name) {
    try (Channels channels = new Channels()) {
      return VirtualFunctionsGrpc.newBlockingStub(channels.to(Url.parse(url("vf.sock"))))
          .withDeadlineAfter(10, TimeUnit.SECONDS)
          .watch(WatchRequest.getDefaultInstance())
          .next()
          .getFunctionsList()
          .stream()
          .filter(vf -> vf.getOwner().getPodName().equals(name))
          .count();
    }
  }

  private String spec(String kind) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("cdi"))) {
      for (Path file : files.toList()) {
        String text = Files.readString(file);
        if (text.contains('"' + kind + '"')) {
          return text;
        }
      }
    }
    throw new AssertionError("no file has kind " + kind);
  }

  /** Fact 7 of contracts/kubelet.md section 12, with the ledger that decides. */
  @Test
  void twoNamesOverOnePfNeverGiveMoreThanThereIs() throws Exception {
    Map<String, String> owners = new ConcurrentHashMap<>();
    try (Channels channels = new Channels()) {
      List<Thread> callers = new ArrayList<>();
      for (String name : List.of(FAST, LAB)) {
        var plugin = DevicePluginGrpc.newBlockingStub(channels.to(socket(name)));
        for (var vf : nics.snapshot().getFirst().vfs()) {
          String id = vf.address().toString();
          callers.add(
              Thread.ofVirtual()
                  .start(() -> {
                    if (allocate(plugin, id)) {
                      owners.merge(id, name, (one, other) -> one + " and " + other);
                    }
                  }));
        }
      }
      for (Thread caller : callers) {
        caller.join();
      }
    }
    assertEquals(VFS, owners.size());
    for (String owner : owners.values()) {
      assertTrue(owner.equals(FAST) || owner.equals(LAB), owner);
    }
    assertEquals(VFS, parked());
  }

  private Url socket(String resource) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("kubelet/device-plugins"))) {
      String ours = "patchbay-" + resource.replace('/', '_');
      Path socket =
          files
              .filter(file -> file.getFileName().toString().startsWith(ours))
              .findFirst()
              .orElseThrow();
      return new Url("unix", socket.toString());
    }
  }

  private static boolean allocate(DevicePluginGrpc.DevicePluginBlockingStub plugin, String id) {
    try {
      return plugin
              .allocate(
                  AllocateRequest.newBuilder()
                      .addContainerRequests(ContainerAllocateRequest.newBuilder().addDevicesIds(id))
                      .build())
              .getContainerResponsesCount()
          == 1;
    } catch (StatusRuntimeException lost) {
      assertEquals(Status.Code.FAILED_PRECONDITION, lost.getStatus().getCode());
      return false;
    }
  }
}
