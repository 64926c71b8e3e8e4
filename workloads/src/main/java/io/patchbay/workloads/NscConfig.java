package io.patchbay.workloads;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import java.time.Duration;
import java.util.Map;

/** What the client is told by its environment (contracts/nsm.md section 8). */
public record NscConfig(
    @Variable(
            name = "NSM_NAME",
            fallback = "nsc",
            help = "its name in paths; connections are called <name>-<number>")
        String name,
    @Variable(
            name = "NSM_CONNECT_TO",
            fallback = "unix:///var/lib/networkservicemesh/nsm.io.sock",
            help = "the node's manager")
        Url connectTo,
    @Variable(
            name = "NSM_DIAL_TIMEOUT",
            fallback = "5s",
            help = "how long the manager may take to be reached")
        Duration dialTimeout,
    @Variable(
            name = "NSM_REQUEST_TIMEOUT",
            fallback = "15s",
            help = "how long one attempt to connect may take")
        Duration requestTimeout,
    @Variable(name = "NSM_LABELS", help = "labels of every connection, k:v,k2:v2")
        Map<String, String> labels,
    @Variable(
            name = "NSM_MECHANISM",
            fallback = "kernel",
            help = "the mechanism of URLs that name none")
        String mechanism,
    @Variable(
            name = "NSM_NETWORK_SERVICES",
            help =
                "what to connect to: [kernel:// or"
                    + " vfio://]service[@domain]/interface[?label=value],...")
        String networkServices,
    @Variable(
            name = "NSM_LIVENESS_CHECK_ENABLED",
            fallback = "true",
            help = "whether a connection that may be down is pinged before another is asked for")
        boolean livenessCheckEnabled,
    @Variable(
            name = "NSM_LIVENESS_CHECK_TIMEOUT",
            fallback = "1s",
            help = "how long those pings may take")
        Duration livenessCheckTimeout,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "how long a connection lives without a refresh")
        Duration maxTokenLifetime,
    @Variable(name = "POD_NAME", help = "label podName") String podName,
    @Variable(name = "POD_NAMESPACE", help = "label podNamespace") String podNamespace,
    @Variable(name = "NODE_NAME", help = "label nodeName") String nodeName,
    @Variable(name = "CLUSTER_NAME", help = "label clusterName") String clusterName,
    MeshConfig mesh) {}
