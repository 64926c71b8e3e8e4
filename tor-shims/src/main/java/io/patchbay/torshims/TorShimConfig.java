package io.patchbay.torshims;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.MeshConfig;
import io.patchbay.mesh.policy.RegistryClientPolicies;
import io.patchbay.metrics.MetricsConfig;
import io.patchbay.torshims.lease.LeaseConfig;
import io.patchbay.torshims.services.ServicesConfig;
import io.patchbay.torshims.snmp.TrapSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What a shim is told by its environment. */
public record TorShimConfig(
    @Variable(
            name = "NSM_NAME",
            fallback = "tor-shim",
            help = "its name in paths, and the endpoint's in the registry")
        String name,
    @Variable(
            name = "NSM_CONNECT_TO",
            fallback = "registry:5002",
            help = "the registry of the domain that owns the wire")
        Url connectTo,
    @Variable(name = "NSM_LISTEN_ON", fallback = "tcp://:5003", help = "where it serves, tcp only")
        Url listenOn,
    @Variable(
            name = "NSM_MAX_TOKEN_LIFETIME",
            fallback = "10m",
            help = "how long the tokens it sends, and those it is sent, are good for")
        Duration maxTokenLifetime,
    @Variable(
            name = "PATCHBAY_FABRIC_FILE",
            fallback = "/etc/patchbay/fabric.yaml",
            help = "the services that the fabric offers")
        Path fabricFile,
    @Variable(
            name = "PATCHBAY_CABLES_FILE",
            fallback = "/etc/patchbay/cables.yaml",
            help = "which NIC is plugged into which switch port")
        Path cablesFile,
    @Variable(
            name = "PATCHBAY_SWITCHES_FILE",
            fallback = "/etc/patchbay/switches.yaml",
            help = "how to reach each switch")
        Path switchesFile,
    @Variable(
            name = "PATCHBAY_RELOAD_INTERVAL",
            fallback = "10s",
            help = "how often these three are looked at for a change; 0s: only at the start")
        Duration reloadInterval,
    @Variable(
            name = "PATCHBAY_STATE_DIR",
            fallback = "/var/lib/patchbay/tor-shim",
            help = "where connections, VLANs and the ports' former state are kept")
        Path stateDir,
    @Variable(
            name = "PATCHBAY_FABRIC_SOCKET",
            help =
                "where it tells 'patchbay fabric' about its switches; left out: fabric.sock in its"
                    + " state folder")
        String fabricSocket,
    @Variable(
            name = "PATCHBAY_SNMP_TRAPS",
            help =
                "where switches that speak SNMP send their notifications, for example udp://:162;"
                    + " left out: nowhere, they are asked every so often")
        String snmpTraps,
    @Variable(
            name = "PATCHBAY_BREAK",
            help = "leaves out one real action, to test the tests: port or journal")
        String breaks,
    LeaseConfig lease,
    ServicesConfig services,
    MetricsConfig metrics,
    RegistryClientPolicies registryClientPolicies,
    MeshConfig mesh) {
  /**
   * Where it listens for notifications by SNMP, if it does. Throws {@link Failure} of kind INVALID
   * for what is no such address.
   */
  Optional<Url> traps() {
    if (snmpTraps.isEmpty()) {
      return Optional.empty();
    }
    try {
      Url at = Url.parse(snmpTraps);
      TrapSocket.check(at);
      return Optional.of(at);
    } catch (Failure e) {
      throw new Failure(e.kind(), "PATCHBAY_SNMP_TRAPS: " + Failure.text(e), e);
    }
  }

  /** Where it tells about its switches: a unix socket. */
  Url fabricDoor() {
    return fabricSocket.isEmpty()
        ? new Url("unix", stateDir.resolve("fabric.sock").toAbsolutePath().toString())
        : Url.parse(fabricSocket);
  }
}
