package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Environment;
import io.patchbay.kernelforwarder.KernelForwarderConfig;
import io.patchbay.nsmgr.NsmgrConfig;
import io.patchbay.registryproxy.RegistryConfig;
import io.patchbay.registryproxy.RegistryProxyConfig;
import io.patchbay.workloads.IcmpResponderConfig;
import io.patchbay.workloads.NscConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The environment of each daemon against the table of contracts/nsm.md section 8: what is there has
 * the contract's default, and what is not there is listed here, with the reason. A variable that no
 * config record has is accepted and without effect.
 */
class VariablesTest {
  /** What the contract says, without the prefix {@code NSM_}. */
  private static final Map<Class<? extends Record>, String> CONTRACT =
      Map.of(
          NsmgrConfig.class,
          """
          NAME=nmgr
          LISTEN_ON=unix:///var/lib/networkservicemesh/nsm.io.sock
          REGISTRY_URL=tcp://localhost:5001
          DIAL_TIMEOUT=750ms
          FORWARDER_NETWORK_SERVICE_NAME=forwarder
          REGISTRY_SERVER_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/server/.*.rego
          REGISTRY_CLIENT_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/client/.*.rego
          """,
          RegistryConfig.class,
          """
          LISTEN_ON=unix:///listen.on.socket
          PROXY_REGISTRY_URL=
          EXPIRE_PERIOD=1m
          REGISTRY_SERVER_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/server/.*.rego
          REGISTRY_CLIENT_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/client/.*.rego
          """,
          RegistryProxyConfig.class,
          """
          LISTEN_ON=unix:///listen.on.socket
          REGISTRY_SERVER_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/server/.*.rego
          REGISTRY_CLIENT_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/client/.*.rego
          """,
          NscConfig.class,
          """
          NAME=nsc
          CONNECT_TO=unix:///var/lib/networkservicemesh/nsm.io.sock
          DIAL_TIMEOUT=5s
          REQUEST_TIMEOUT=15s
          LABELS=
          MECHANISM=kernel
          NETWORK_SERVICES=
          AWARENESS_GROUPS=
          LOCAL_DNS_SERVER_ENABLED=true
          LOCAL_DNS_SERVER_ADDRESS=127.0.0.1:53
          LIVENESS_CHECK_ENABLED=true
          LIVENESS_CHECK_INTERVAL=200ms
          LIVENESS_CHECK_TIMEOUT=1s
          """,
          IcmpResponderConfig.class,
          """
          NAME=icmp-server
          BASE_DIR=./
          CONNECT_TO=unix:///var/lib/networkservicemesh/nsm.io.sock
          SERVICE_NAMES=icmp-responder
          PAYLOAD=ETHERNET
          LABELS=
          CIDR_PREFIX=169.254.0.0/16
          IPAM_POLICY=polite
          DNS_CONFIGS=[]
          IDLE_TIMEOUT=0
          REGISTER_SERVICE=true
          UNREGISTER_ITSELF=false
          PBR_CONFIG_PATH=/etc/policy-based-routing/config.yaml
          REGISTRY_CLIENT_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/client/.*.rego
          """,
          KernelForwarderConfig.class, // as forwarder-vpp has it
          """
          NAME=forwarder
          LABELS=p2p:true
          NSNAME=forwarder
          CONNECT_TO=unix:///connect.to.socket
          LISTEN_ON=unix:///listen.on.socket
          DIAL_TIMEOUT=750ms
          TUNNEL_IP=
          VXLAN_PORT=0
          MECHANISM_PRIORITY=
          REGISTRY_CLIENT_POLICIES=etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/client/.*.rego
          """);

  private static final String COMMON =
      """
      LOG_LEVEL=INFO
      OPEN_TELEMETRY_ENDPOINT=otel-collector.observability.svc.cluster.local:4317
      METRICS_EXPORT_INTERVAL=10s
      PPROF_ENABLED=false
      PPROF_LISTEN_ON=localhost:6060
      MAX_TOKEN_LIFETIME=10m
      """;

  /** Without effect, if no record has them. */
  private static final Set<String> UNUSED =
      Set.of(
          "LOG_LEVEL", // read where logging is set up, before any daemon starts
          "OPEN_TELEMETRY_ENDPOINT", // no telemetry
          "METRICS_EXPORT_INTERVAL",
          "PPROF_ENABLED", // a JVM has other tools
          "PPROF_LISTEN_ON",
          "AWARENESS_GROUPS", // one connection is asked for after the other anyway
          "LOCAL_DNS_SERVER_ENABLED", // no DNS in the client yet
          "LOCAL_DNS_SERVER_ADDRESS",
          "LIVENESS_CHECK_INTERVAL", // pings only when a connection may be down
          "IPAM_POLICY", // polite it is
          "DNS_CONFIGS",
          "IDLE_TIMEOUT",
          "PBR_CONFIG_PATH", // no policy routes yet
          "TUNNEL_IP", // no tunnels yet
          "VXLAN_PORT",
          "MECHANISM_PRIORITY"); // one mechanism

  /** Other than the contract's, on purpose: outside of a container nobody can reach its socket. */
  private static final Map<Class<? extends Record>, Map<String, String>> OTHER =
      Map.of(
          RegistryConfig.class, Map.of("LISTEN_ON", "tcp://:5002"),
          RegistryProxyConfig.class, Map.of("LISTEN_ON", "tcp://:5005"));

  @Test
  void defaultsAreTheContracts() {
    List<String> wrong = new ArrayList<>();
    CONTRACT.forEach((config, table) -> {
      Map<String, String> ours = new HashMap<>();
      Environment.variables(config).forEach(v -> ours.put(v.name(), v.fallback()));
      (table + COMMON).lines().forEach(line -> check(config, line.split("=", 2), ours, wrong));
    });
    assertEquals(List.of(), wrong);
  }

  private static void check(
      Class<? extends Record> config, String[] line, Map<String, String> ours, List<String> wrong) {
    String where = config.getSimpleName() + " NSM_" + line[0];
    String has = ours.get("NSM_" + line[0]);
    if (has == null) {
      if (!UNUSED.contains(line[0])) {
        wrong.add(where + " is not there");
      }
    } else if (line.length == 2) {
      String other = OTHER.getOrDefault(config, Map.of()).getOrDefault(line[0], line[1]);
      if (!has.equals(other)) {
        wrong.add(where + " defaults to " + has + ", not " + other);
      }
    }
  }

  @Test
  void whatIsOursAloneIsNotCalledNsm() {
    List<String> wrong = new ArrayList<>();
    CONTRACT.forEach((config, table) ->
        Environment.variables(config).stream()
            .map(Environment.Variable::name)
            .filter(name -> name.startsWith("NSM_"))
            .filter(name ->
                (table + COMMON)
                    .lines()
                    .noneMatch(line -> line.split("=", 2)[0].equals(name.substring(4))))
            .forEach(name -> wrong.add(config.getSimpleName() + " " + name)));
    assertEquals(List.of(), wrong);
  }
}
