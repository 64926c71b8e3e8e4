package io.patchbay.registryproxy;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.policy.PolicyFiles;
import java.net.URI;
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
    @Variable(
            name = "NSM_REGISTRY_SERVER_POLICIES",
            fallback = PolicyFiles.REGISTRY_SERVER,
            help = "Policies for registrations that arrive: patterns of file names")
        List<String> registryServerPolicies,
    @Variable(
            name = "NSM_REGISTRY_CLIENT_POLICIES",
            fallback = PolicyFiles.REGISTRY_CLIENT,
            help = "Policies for what a registry answers: patterns of file names")
        List<String> registryClientPolicies,
    @Variable(
            name = "PATCHBAY_OPA_URL",
            help = "An OPA server that is asked about everything, http://host:8181; empty for none")
        Optional<URI> opaUrl,
    @Variable(
            name = "SPIFFE_ENDPOINT_SOCKET",
            fallback = "unix:///run/spire/sockets/agent.sock",
            help = "The SPIFFE Workload API that says who this process is")
        Url spiffeEndpoint) {
  public RegistryProxyConfig {
    registryServerPolicies = List.copyOf(registryServerPolicies);
    registryClientPolicies = List.copyOf(registryClientPolicies);
    listenOn = List.copyOf(listenOn);
    domains = Map.copyOf(domains);
  }
}
