package io.patchbay.sriovmanager;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.policy.RegistryClientPolicies;
import io.patchbay.metrics.MetricsConfig;
import io.patchbay.sriovmanager.events.ClusterConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** What sriov-manager is told by its environment. */
public record SriovManagerConfig(
    @Variable(
            name = "NSM_NAME",
            fallback = "sriov-manager",
            help = "the name in paths and registry")
        String name,
    @Variable(
            name = "NSM_LABELS",
            fallback = "p2p:true,sriov:true",
            help = "the labels it is registered with as a forwarder")
        Map<String, String> labels,
    @Variable(
            name = "NSM_NSNAME",
            fallback = "forwarder",
            help = "the service under which forwarders are registered")
        String serviceName,
    @Variable(
            name = "NSM_CONNECT_TO",
            fallback = "unix:///var/lib/networkservicemesh/nsm.io.sock",
            help = "the node's manager: registry, and the next hop's directory")
        Url connectTo,
    @Variable(
            name = "NSM_LISTEN_ON",
            fallback = "unix:///var/lib/networkservicemesh/sriov-manager.sock",
            help = "where it serves")
        Url listenOn,
    @Variable(
            name = "NSM_SRIOV_CONFIG_FILE",
            fallback = "pci.config",
            help = "which PFs there are and what their VFs are called, as YAML")
        Path sriovConfigFile,
    @Variable(
            name = "NSM_PCI_DEVICES_PATH",
            fallback = "/sys/bus/pci/devices",
            help = "the PCI devices in sysfs")
        Path pciDevicesPath,
    @Variable(
            name = "NSM_PCI_DRIVERS_PATH",
            fallback = "/sys/bus/pci/drivers",
            help = "the PCI drivers in sysfs")
        Path pciDriversPath,
    @Variable(
            name = "NSM_VFIO_PATH",
            fallback = "/host/dev/vfio",
            help = "the node's /dev/vfio, for VFs that containers drive themselves")
        Path vfioPath,
    @Variable(
            name = "PATCHBAY_DEV_PATH",
            fallback = "/host/dev",
            help = "the node's /dev, for what selectors with isRdma and needVhostNet hand over")
        Path devPath,
    @Variable(
            name = "PATCHBAY_VFIO_NOIOMMU",
            fallback = "false",
            help = "also gives containers VFs that no IOMMU keeps to the container's memory")
        boolean vfioWithoutIommu,
    @Variable(
            name = "PATCHBAY_PARKING_VLAN",
            fallback = "4094",
            help = "where a VF with vfio-pci is while it serves no connection; no service's VLAN")
        int parkingVlan,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "how long the tokens it sends are good for")
        Duration maxTokenLifetime,
    @Variable(
            name = "NSM_DIAL_TIMEOUT",
            fallback = "50ms",
            help = "how long a next hop may take to be reached")
        Duration dialTimeout,
    @Variable(name = "NODE_NAME", help = "this node's name, as the cable map has it")
        String nodeName,
    @Variable(
            name = "PATCHBAY_VF_SOCKET",
            fallback = "unix:///var/lib/patchbay/sriov-manager/vf.sock",
            help = "where it tells device-plugin about its VFs")
        Url vfSocket,
    @Variable(
            name = "PATCHBAY_STATE_DIR",
            fallback = "/var/lib/patchbay/sriov-manager",
            help = "where the ledger and the sessions are kept")
        Path stateDir,
    @Variable(
            name = "PATCHBAY_BOOT_ID",
            fallback = "/proc/sys/kernel/random/boot_id",
            help = "a file that differs from one boot of the machine to the next")
        Path bootId,
    @Variable(
            name = "PATCHBAY_PF_NETLINK",
            help = "a unix socket that answers netlink for the PFs; empty for the kernel")
        String pfNetlink,
    @Variable(
            name = "PATCHBAY_CARRIER_DAMPING",
            fallback = "2s",
            help = "how long a PF's link must keep its carrier after a loss; more after several")
        Duration carrierDamping,
    @Variable(
            name = "PATCHBAY_CABLES_FILE",
            help = "the tor-shim's cables: a PF that LLDP finds elsewhere is not offered; or empty")
        String cablesFile,
    @Variable(
            name = "PATCHBAY_BREAK",
            help = "leaves out one real action, to test the tests: tag, home or journal")
        String breaks,
    MetricsConfig metrics,
    ClusterConfig cluster,
    RegistryClientPolicies registryClientPolicies,
    MeshConfig mesh) {
  public SriovManagerConfig {
    if (nodeName.isBlank()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "NODE_NAME is empty; set it to this node's name, which the cable map knows");
    }
    if (parkingVlan < 1 || parkingVlan > 4094) {
      throw new Failure(
          Failure.Kind.INVALID, "PATCHBAY_PARKING_VLAN=" + parkingVlan + " is out of 1..4094");
    }
  }
}
