package io.patchbay.identity;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Url;
import java.nio.file.Path;
import java.time.Duration;

/** What the identity server is told by its environment. */
public record IdentityConfig(
    @Variable(
            name = "PATCHBAY_IDENTITY_LISTEN_ON",
            fallback = "unix:///run/spire/sockets/agent.sock",
            help = "The unix socket that is everybody's SPIFFE_ENDPOINT_SOCKET")
        Url listenOn,
    @Variable(
            name = "PATCHBAY_IDENTITY_FILE",
            fallback = "/etc/patchbay/identity.yaml",
            help = "Trust domain, rules and federated bundles, YAML")
        Path file,
    @Variable(
            name = "PATCHBAY_AUTHORITY_FILE",
            fallback = "/var/lib/patchbay/identity/authority.pem",
            help = "Key and certificate of the trust domain, made at the first start")
        Path authorityFile,
    @Variable(name = "NODE_NAME", help = "What {node} stands for in a rule") String node,
    @Variable(
            name = "PATCHBAY_POD_NETWORKS",
            fallback = "/var/lib/kubelet/pod-networks",
            help = "Folder in which the node says which network namespace is which pod's")
        Path podNetworks,
    @Variable(
            name = "PATCHBAY_IDENTITY_LIFETIME",
            fallback = "1h",
            help = "How long a certificate is good; it is renewed at half of that")
        Duration lifetime) {}
