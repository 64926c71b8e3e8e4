package io.patchbay.systemtest;

import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.deviceplugin.DevicePlugin;
import io.patchbay.deviceplugin.DevicePluginConfig;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.kubelet.Kubelet;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.SriovManager;
import io.patchbay.sriovmanager.SriovManagerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the cable of a simulated NIC to what a kubelet can allocate. */
class LinkHealthTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String FAST = "example.com/100g";

  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final Cable cable = opened.push(new Cable("link-health"));
  private Kubelet kubelet;

  @BeforeEach
  void start() throws IOException {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    NetworkNamespace home = opened.push(NetworkNamespace.create());
    MacAddress mac = MacAddress.parse("02:00:00:00:01:00");
    NicHardware nic =
        new NicHardware(
            PciAddress.parse("0000:3b:00.0"), "pf0", mac, 2, NicModel.E810, NicHardware.Slot.PLAIN);
    MachineNics.Machine machine =
        new MachineNics.Machine(home, folder.resolve("pci"), folder.resolve("pf.netlink"));
    opened.push(MachineNics.open(machine, List.of(new MachineNics.Plugged(nic, cable.nicEnd()))));
    home.links().up(home.links().require("pf0").index());
    Files.writeString(
        folder.resolve("sriov.config"),
        """
        physicalFunctions:
          "0000:3b:00.0": {pfKernelDriver: ice, vfKernelDriver: iavf, capabilities: [100g],
            serviceDomains: [example.com]}
        """);
    Map<String, String> environment = environment();
    kubelet =
        opened.push(
            Kubelet.start(
                new Kubelet.Settings(folder.resolve("kubelet"), Kubelet.Authority.LOCALHOST),
                List::of,
                Time.system()));
    opened.push(
        SriovManager.start(
            Environment.read(SriovManagerConfig.class, environment),
            NetworkNamespace.of(home.path()),
            Time.system()));
    opened.push(
        DevicePlugin.start(Environment.read(DevicePluginConfig.class, environment), Time.system()));
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("NODE_NAME", "node-1");
    environment.put("NSM_CONNECT_TO", "unix://" + folder.resolve("nsmgr.sock"));
    environment.put("NSM_LISTEN_ON", "unix://" + folder.resolve("manager.sock"));
    environment.put("NSM_SRIOV_CONFIG_FILE", folder.resolve("sriov.config").toString());
    environment.put("NSM_PCI_DEVICES_PATH", folder.resolve("pci/devices").toString());
    environment.put("NSM_PCI_DRIVERS_PATH", folder.resolve("pci/drivers").toString());
    environment.put("PATCHBAY_PF_NETLINK", folder.resolve("pf.netlink").toString());
    environment.put("PATCHBAY_VF_SOCKET", "unix://" + folder.resolve("vf.sock"));
    environment.put("PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    environment.put("PATCHBAY_CARRIER_DAMPING", "200ms");
    environment.put("NSM_DEVICE_PLUGIN_PATH", folder.resolve("kubelet/device-plugins").toString());
    environment.put("NSM_POD_RESOURCES_PATH", folder.resolve("kubelet/pod-resources").toString());
    return environment;
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private void eventually(int allocatable) {
    Await.until(
        allocatable + " of " + kubelet.devices().capacity() + " can be allocated",
        PATIENCE,
        () ->
            kubelet.devices().allocatable().equals(Map.of(FAST, allocatable))
                && kubelet.devices().capacity().equals(Map.of(FAST, 2)));
  }

  @Test
  void theKubeletSeesTheCable() {
    eventually(2);
    for (int flap = 0; flap < 3; flap++) {
      cable.unplug();
      eventually(0);
      cable.plug();
      eventually(2);
    }
  }
}
