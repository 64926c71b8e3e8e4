package io.patchbay.registryproxy;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.policy.RegistryClientPolicies;
import io.patchbay.mesh.policy.RegistryServerPolicies;
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
    RegistryServerPolicies registryServerPolicies,
    RegistryClientPolicies registryClientPolicies,
    MeshConfig mesh) {
  public RegistryConfig {
    listenOn = List.copyOf(listenOn);
  }
}
