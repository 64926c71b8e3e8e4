package io.patchbay.registryproxy;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.policy.RegistryClientPolicies;
import io.patchbay.mesh.policy.RegistryServerPolicies;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the proxy for other domains is told by its environment. */
public record RegistryProxyConfig(
    @Variable(
            name = "NSM_LISTEN_ON",
            fallback = "tcp://:5005",
            help = "Addresses to serve on, with commas between them")
        List<Url> listenOn,
    @Variable(
            name = "PATCHBAY_DOMAINS",
            help =
                "Registries not to be looked for in DNS, as"
                    + " example.com:tcp://registry.example.com:5002")
        Map<String, Url> domains,
    @Variable(
            name = "PATCHBAY_DNS_SERVER",
            help = "Who is asked for other domains, host:port; empty for resolv.conf's servers")
        Optional<Url> dnsServer,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "How long our own tokens are good for")
        Duration maxTokenLifetime,
    RegistryServerPolicies registryServerPolicies,
    RegistryClientPolicies registryClientPolicies,
    MeshConfig mesh) {
  public RegistryProxyConfig {
    listenOn = List.copyOf(listenOn);
    domains = Map.copyOf(domains);
  }
}
