package io.patchbay.deviceplugin;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.deviceplugin.dra.DraConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What device-plugin is told by its environment. */
public record DevicePluginConfig(
    @Variable(
            name = "NSM_DEVICE_PLUGIN_PATH",
            fallback = "/var/lib/kubelet/device-plugins/",
            help = "the kubelet's folder for device plugins")
        Path devicePluginPath,
    @Variable(
            name = "PATCHBAY_PLUGINS_REGISTRY_PATH",
            fallback = "/var/lib/kubelet/plugins_registry/",
            help = "the folder the kubelet watches for plugins; registers there if it exists")
        Path pluginsRegistryPath,
    @Variable(
            name = "NSM_POD_RESOURCES_PATH",
            fallback = "/var/lib/kubelet/pod-resources/",
            help = "the kubelet's folder with the socket that tells which pod has which device")
        Path podResourcesPath,
    @Variable(
            name = "NSM_RESOURCE_POLL_TIMEOUT",
            fallback = "1s",
            help = "how often the kubelet is asked which pod has which device")
        Duration resourcePollTimeout,
    @Variable(
            name = "PATCHBAY_VF_SOCKET",
            fallback = "unix:///var/lib/patchbay/sriov-manager/vf.sock",
            help = "where sriov-manager tells about its VFs")
        Url vfSocket,
    @Variable(
            name = "PATCHBAY_CDI_PATH",
            fallback = "/var/run/cdi",
            help = "where container runtimes read about devices (CDI); empty for none")
        Optional<Path> cdiPath,
    @Variable(
            name = "PATCHBAY_CDI_ALONE",
            fallback = "false",
            help =
                "leaves device nodes to CDI where it is told of them: kubelet and runtime can it")
        boolean cdiAlone,
    @Variable(
            name = "PATCHBAY_PACK_PFS",
            fallback = "false",
            help = "gives a container VFs of as few PFs as can be, instead of as many")
        boolean packPfs,
    DraConfig dra) {
  /** How a container's VFs lie over the PFs. */
  PreferredAllocation.Choice choice() {
    return packPfs ? PreferredAllocation.Choice.PACK : PreferredAllocation.Choice.SPREAD;
  }
}
