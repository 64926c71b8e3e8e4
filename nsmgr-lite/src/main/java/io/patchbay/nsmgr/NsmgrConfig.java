package io.patchbay.nsmgr;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.policy.PolicyFiles;
import io.patchbay.mesh.policy.RegistryClientPolicies;
import io.patchbay.mesh.policy.RegistryServerPolicies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the manager is told by its environment (contracts/nsm.md section 8). */
public record NsmgrConfig(
    @Variable(name = "NSM_NAME", fallback = "nmgr", help = "This manager's name in paths")
        String name,
    @Variable(
            name = "NSM_LISTEN_ON",
            fallback = "unix:///var/lib/networkservicemesh/nsm.io.sock",
            help = "Addresses to serve on, with commas between them; other nodes need a tcp one")
        List<Url> listenOn,
    @Variable(
            name = "NSM_REGISTRY_URL",
            fallback = "tcp://localhost:5001",
            help = "The registry of the domain; empty to be one, for this node alone")
        Optional<Url> registryUrl,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "How long our own tokens are good for")
        Duration maxTokenLifetime,
    @Variable(
            name = "NSM_FORWARDER_NETWORK_SERVICE_NAME",
            fallback = "forwarder",
            help = "The service under which forwarders are registered")
        String forwarderService,
    @Variable(
            name = "NSM_DIAL_TIMEOUT",
            fallback = "750ms",
            help = "How long a next hop may take to be reached")
        Duration dialTimeout,
    @Variable(
            name = "PATCHBAY_EXCLUDED_PREFIXES_FILE",
            fallback = "/var/lib/networkservicemesh/config/excluded_prefixes.yaml",
            help = "YAML list under 'prefixes' of addresses that no endpoint may give")
        Path excludedPrefixesFile,
    @Variable(
            name = "PATCHBAY_STATE_DIR",
            fallback = "/var/lib/patchbay/nsmgr",
            help = "Folder of the journal of connections")
        Path stateDir,
    RegistryServerPolicies registryServerPolicies,
    RegistryClientPolicies registryClientPolicies,
    @Variable(
            name = "PATCHBAY_MONITOR_POLICIES",
            fallback = PolicyFiles.MONITOR,
            help =
                "Policies for whoever watches: patterns of file names; with"
                    + " etc/nsm/opa/monitor/.*.rego each sees its own connections only")
        List<String> monitorPolicies,
    MeshConfig mesh) {
  public NsmgrConfig {
    monitorPolicies = List.copyOf(monitorPolicies);
    listenOn = List.copyOf(listenOn);
  }
}
