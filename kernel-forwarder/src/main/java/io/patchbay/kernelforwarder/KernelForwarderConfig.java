package io.patchbay.kernelforwarder;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.policy.RegistryClientPolicies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** What kernel-forwarder is told by its environment (contracts/nsm.md section 8). */
public record KernelForwarderConfig(
    @Variable(name = "NSM_NAME", fallback = "forwarder", help = "its name in paths and registry")
        String name,
    @Variable(
            name = "NSM_LABELS",
            fallback = "p2p:true",
            help = "the labels it is registered with as a forwarder")
        Map<String, String> labels,
    @Variable(
            name = "NSM_NSNAME",
            fallback = "forwarder",
            help = "the service under which forwarders are registered")
        String serviceName,
    @Variable(
            name = "NSM_CONNECT_TO",
            fallback = "unix:///connect.to.socket",
            help = "the node's manager: there it registers and finds endpoints")
        Url connectTo,
    @Variable(
            name = "NSM_LISTEN_ON",
            fallback = "unix:///listen.on.socket",
            help = "where it serves")
        Url listenOn,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "how long the tokens it sends are good for")
        Duration maxTokenLifetime,
    @Variable(
            name = "NSM_DIAL_TIMEOUT",
            fallback = "750ms",
            help = "how long a next hop may take to be reached")
        Duration dialTimeout,
    @Variable(
            name = "PATCHBAY_STATE_DIR",
            fallback = "/var/lib/patchbay/kernel-forwarder",
            help = "where its sessions are kept")
        Path stateDir,
    RegistryClientPolicies registryClientPolicies,
    MeshConfig mesh) {}
