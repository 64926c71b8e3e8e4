package io.patchbay.cli;

import io.patchbay.deviceplugin.DevicePlugin;
import io.patchbay.deviceplugin.DevicePluginConfig;
import io.patchbay.identity.IdentityConfig;
import io.patchbay.identity.IdentityServer;
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
        Daemon.ofMesh(
            "nsmgr",
            "The node's door to the mesh.",
            NsmgrConfig.class,
            NsmgrConfig::mesh,
            Nsmgr::start),
        Daemon.ofMesh(
            "registry",
            "The registry of a domain.",
            RegistryConfig.class,
            RegistryConfig::mesh,
            RegistryDaemon::start),
        Daemon.ofMesh(
            "registry-proxy",
            "Answers for the registries of other domains.",
            RegistryProxyConfig.class,
            RegistryProxyConfig::mesh,
            RegistryProxyDaemon::start),
        Daemon.ofMesh(
            "kernel-forwarder",
            "Joins a client's kernel interface to an endpoint's.",
            KernelForwarderConfig.class,
            KernelForwarderConfig::mesh,
            KernelForwarder::start),
        Daemon.ofMesh(
            "sriov-manager",
            "Owns the virtual functions and puts them into pods.",
            SriovManagerConfig.class,
            SriovManagerConfig::mesh,
            SriovManager::start),
        new Daemon<>(
            "device-plugin",
            "Tells the kubelet which virtual functions there are.",
            DevicePluginConfig.class,
            DevicePlugin::start),
        Daemon.ofMesh(
            "tor-shim",
            "Answers for a fabric's services by programming its switches.",
            TorShimConfig.class,
            TorShimConfig::mesh,
            (config, identities, time) ->
                TorShim.start(config, identities, failure -> Runtime.getRuntime().halt(1), time)),
        Daemon.ofMesh(
            "nse-icmp-responder",
            "An endpoint that answers pings.",
            IcmpResponderConfig.class,
            IcmpResponderConfig::mesh,
            (config, identities, time) ->
                IcmpResponder.start(config, Surroundings.own(identities.orElseThrow()), time)),
        new Daemon<>(
            "identity",
            "Says who the processes of this machine are, where there is no SPIRE.",
            IdentityConfig.class,
            IdentityServer::start));
  }
}
