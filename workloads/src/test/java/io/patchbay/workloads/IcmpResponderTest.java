package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.OwnFile;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.mesh.registry.Selection;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint's registration; its answers are tested link by link, and all together elsewhere. */
class IcmpResponderTest {
  @TempDir Path folder;
  private final Stack world = new Stack();
  private final Registries registries = Registries.inMemory(Time.system(), Duration.ofMinutes(1));

  @BeforeEach
  void serve() {
    world.push(
        GrpcServer.start(
            List.of(manager()),
            RegistryServer.of(
                registries,
                Tokens.selfSigned("spiffe://test/registry", Duration.ofMinutes(10), Time.system()),
                Time.system())));
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private Url manager() {
    return Url.parse("unix://" + folder.resolve("nsm.sock"));
  }

  private IcmpResponder start(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.put("NSM_CONNECT_TO", manager().toString());
    all.put("NSM_BASE_DIR", folder.toString());
    return IcmpResponder.start(
        Environment.read(IcmpResponderConfig.class, all),
        new Surroundings("inode://4/77", Map.of()),
        Time.system());
  }

  private Optional<NetworkServiceEndpoint> registered() {
    return Kind.ENDPOINTS.find(registries.endpoints(), "icmp-server");
  }

  private NetworkServiceEndpoint awaited() {
    Await.until("registered", Duration.ofSeconds(20), () -> registered().isPresent());
    return registered().orElseThrow();
  }

  @Test
  void registersItsServicesAndItselfAndStaysUntilItExpires() {
    IcmpResponder responder =
        start(Map.of("NSM_SERVICE_NAMES", "a,b", "NSM_LABELS", "app:x", "NODE_NAME", "node-1"));
    NetworkServiceEndpoint endpoint = awaited();
    assertEquals(
        OwnFile.onTheWire("file://" + folder.resolve("listen.on.sock")), endpoint.getUrl());
    assertEquals(List.of("a", "b"), endpoint.getNetworkServiceNamesList());
    Map<String, String> labels = Map.of("app", "x", "nodeName", "node-1");
    assertEquals(labels, Selection.labels(endpoint, "a"));
    assertEquals(labels, Selection.labels(endpoint, "b"));
    assertEquals(
        "ETHERNET", Kind.SERVICES.find(registries.services(), "b").orElseThrow().getPayload());
    responder.close();
    assertEquals(Optional.of(endpoint), registered());
  }

  @Test
  void leavesServicesAloneAndTakesItselfOutIfToldSo() {
    IcmpResponder responder =
        start(Map.of("NSM_REGISTER_SERVICE", "false", "NSM_UNREGISTER_ITSELF", "true"));
    awaited();
    assertEquals(Optional.empty(), Kind.SERVICES.find(registries.services(), "icmp-responder"));
    responder.close();
    assertEquals(Optional.empty(), registered());
  }

  @Test
  void aWrongPrefixIsSaidAtOnce() {
    Failure failure =
        assertThrows(Failure.class, () -> start(Map.of("NSM_CIDR_PREFIX", "10.0.0.0/33")));
    assertEquals(
        "NSM_CIDR_PREFIX='10.0.0.0/33': prefix length 33 of 10.0.0.0 is not 0..32",
        failure.getMessage());
  }
}
