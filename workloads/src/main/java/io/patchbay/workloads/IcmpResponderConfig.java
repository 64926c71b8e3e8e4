package io.patchbay.workloads;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.policy.RegistryClientPolicies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What the endpoint is told by its environment (contracts/nsm.md section 8). */
public record IcmpResponderConfig(
    @Variable(name = "NSM_NAME", fallback = "icmp-server", help = "its name in paths and registry")
        String name,
    @Variable(
            name = "NSM_CONNECT_TO",
            fallback = "unix:///var/lib/networkservicemesh/nsm.io.sock",
            help = "the node's manager, where it registers")
        Url connectTo,
    @Variable(
            name = "NSM_BASE_DIR",
            fallback = "./",
            help = "the folder for its socket, listen.on.sock")
        Path baseDir,
    @Variable(
            name = "NSM_SERVICE_NAMES",
            fallback = "icmp-responder",
            help = "the network services it serves")
        List<String> serviceNames,
    @Variable(name = "NSM_PAYLOAD", fallback = "ETHERNET", help = "what the services carry")
        String payload,
    @Variable(name = "NSM_LABELS", help = "its labels, for every service, k:v,k2:v2")
        Map<String, String> labels,
    @Variable(
            name = "NSM_CIDR_PREFIX",
            fallback = "169.254.0.0/16",
            help = "whence clients get addresses: a,b for two pools, [a,b],[c] for groups")
        String cidrPrefix,
    @Variable(
            name = "NSM_REGISTER_SERVICE",
            fallback = "true",
            help = "whether it registers the services too")
        boolean registerService,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "how long the tokens it sends are good for")
        Duration maxTokenLifetime,
    @Variable(
            name = "NSM_UNREGISTER_ITSELF",
            fallback = "false",
            help = "whether it takes itself out of the registry at the end, or just expires")
        boolean unregisterItself,
    @Variable(name = "POD_NAME", help = "label podName") String podName,
    @Variable(name = "NODE_NAME", help = "label nodeName") String nodeName,
    @Variable(name = "CLUSTER_NAME", help = "label clusterName") String clusterName,
    RegistryClientPolicies registryClientPolicies,
    MeshConfig mesh) {}
