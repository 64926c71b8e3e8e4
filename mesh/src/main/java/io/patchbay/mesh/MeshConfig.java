package io.patchbay.mesh;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import java.net.URI;
import java.util.Optional;

/** The part of its environment that every process of the mesh heeds. */
public record MeshConfig(
    @Variable(
            name = "PATCHBAY_OPA_URL",
            help = "An OPA server that is asked about everything, http://host:8181; empty for none")
        Optional<URI> opaUrl,
    @Variable(
            name = "SPIFFE_ENDPOINT_SOCKET",
            fallback = "unix:///run/spire/sockets/agent.sock",
            help = "The SPIFFE Workload API that says who this process is")
        Url spiffeEndpoint) {}
