package io.patchbay.cli;

import io.patchbay.deviceplugin.DevicePlugin;
import io.patchbay.deviceplugin.DevicePluginConfig;
import io.patchbay.kernelforwarder.KernelForwarder;
import io.patchbay.kernelforwarder.KernelForwarderConfig;
import io.patchbay.nsmgr.Nsmgr;
import io.patchbay.nsmgr.NsmgrConfig;
import io.patchbay.registryproxy.RegistryConfig;
import io.patchbay.registryproxy.RegistryDaemon;
import io.patchbay.registryproxy.RegistryProxyConfig;
import io.patchbay.registryproxy.RegistryProxyDaemon;
import io.patchbay.sriovmanager.SriovManager;
import io.patchbay.sriovmanager.SriovManagerConfig;
import io.patchbay.torshims.TorShim;
import io.patchbay.torshims.TorShimConfig;
import io.patchbay.workloads.IcmpResponder;
import io.patchbay.workloads.IcmpResponderConfig;
import io.patchbay.workloads.Surroundings;
import java.util.List;

/** Every daemon of the distribution. */
final class Daemons {
  private Daemons() {}

  /** In the order of {@code --help}. */
  static List<Daemon<?>> all() {
    return List.of(
        new Daemon<>("nsmgr", "The node's door to the mesh.", NsmgrConfig.class, Nsmgr::start),
        new Daemon<>(
            "registry", "The registry of a domain.", RegistryConfig.class, RegistryDaemon::start),
        new Daemon<>(
            "registry-proxy",
            "Answers for the registries of other domains.",
            RegistryProxyConfig.class,
            RegistryProxyDaemon::start),
        new Daemon<>(
            "kernel-forwarder",
            "Joins a client's kernel interface to an endpoint's.",
            KernelForwarderConfig.class,
            KernelForwarder::start),
        new Daemon<>(
            "sriov-manager",
            "Owns the virtual functions and puts them into pods.",
            SriovManagerConfig.class,
            SriovManager::start),
        new Daemon<>(
            "device-plugin",
            "Tells the kubelet which virtual functions there are.",
            DevicePluginConfig.class,
            DevicePlugin::start),
        new Daemon<>(
            "tor-shim",
            "Answers for a fabric's services by programming its switches.",
            TorShimConfig.class,
            TorShim::start),
        new Daemon<>(
            "nse-icmp-responder",
            "An endpoint that answers pings.",
            IcmpResponderConfig.class,
            (config, time) -> IcmpResponder.start(config, Surroundings.own(), time)));
  }
}
