package io.patchbay.registryproxy;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.policy.PolicyFiles;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the registry daemon is told by its environment (contracts/nsm.md section 8). */
public record RegistryConfig(
    @Variable(
            name = "NSM_LISTEN_ON",
            fallback = "tcp://:5002",
            help = "Addresses to serve on, with commas between them")
        List<Url> listenOn,
    @Variable(
            name = "NSM_PROXY_REGISTRY_URL",
            help = "Who is asked for names of other domains, name@domain; empty for nobody")
        Optional<Url> proxyRegistryUrl,
    @Variable(
            name = "NSM_EXPIRE_PERIOD",
            fallback = "1m",
            help = "How long an endpoint stays that is not registered again")
        Duration expirePeriod,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "How long our own tokens are good for")
        Duration maxTokenLifetime,
    @Variable(
            name = "PATCHBAY_SERVICES_DIR",
            help = "Folder with YAML files of network services to keep; empty for none")
        String servicesDir,
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
  public RegistryConfig {
    registryServerPolicies = List.copyOf(registryServerPolicies);
    registryClientPolicies = List.copyOf(registryClientPolicies);
    listenOn = List.copyOf(listenOn);
  }
}
