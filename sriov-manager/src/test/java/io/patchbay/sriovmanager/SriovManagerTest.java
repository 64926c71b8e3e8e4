package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.mesh.registry.Selection;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sriovmanager.events.ClusterFolder;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon on a node whose NIC is missing: it serves, registers, and says what is wrong. */
class SriovManagerTest {
  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(folder.resolve("devices"));
    Files.createDirectories(folder.resolve("drivers"));
    Files.writeString(
        folder.resolve("pci.config"),
        """
        physicalFunctions:
          "0000:3b:00.0":
            pfKernelDriver: ice
            vfKernelDriver: iavf
            capabilities: [100g]
            serviceDomains: [example.com]
        """);
    environment.put("NODE_NAME", "node-1");
    environment.put("NSM_SRIOV_CONFIG_FILE", folder.resolve("pci.config").toString());
    environment.put("NSM_PCI_DEVICES_PATH", folder.resolve("devices").toString());
    environment.put("NSM_PCI_DRIVERS_PATH", folder.resolve("drivers").toString());
    environment.put("PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    environment.put("PATCHBAY_VF_SOCKET", url("vf.sock"));
    environment.put("NSM_LISTEN_ON", url("listen.sock"));
    environment.put("NSM_CONNECT_TO", url("nsm.io.sock"));
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private String url(String socket) {
    return "unix://" + folder.resolve(socket);
  }

  private SriovManager start() {
    SriovManagerConfig config = Environment.read(SriovManagerConfig.class, environment);
    return opened.push(SriovManager.start(config, Time.system()));
  }

  @Test
  void registersAsTheForwarderForHardware() {
    Registries registries = Registries.inMemory(Time.system(), Duration.ofMinutes(1));
    opened.push(
        GrpcServer.start(
            List.of(Url.parse(url("nsm.io.sock"))),
            RegistryServer.of(
                registries,
                Tokens.selfSigned("spiffe://test/registry", Duration.ofMinutes(10), Time.system()),
                Time.system())));
    SriovManager manager = start();
    NetworkServiceEndpoint any = NetworkServiceEndpoint.getDefaultInstance();
    Await.until(
        "registered", Duration.ofSeconds(10), () -> !registries.endpoints().find(any).isEmpty());
    NetworkServiceEndpoint registered = registries.endpoints().find(any).getFirst();
    assertEquals("sriov-manager", registered.getName());
    assertEquals(
        io.patchbay.mesh.OwnFile.onTheWire("file://" + folder.resolve("listen.sock")),
        registered.getUrl());
    assertEquals(Map.of("p2p", "true", "sriov", "true"), Selection.labels(registered, "forwarder"));
    manager.close();
    assertEquals(List.of(), registries.endpoints().find(any));
  }

  /** In a cluster, by its API server, as {@code kubectl describe node} shows it. */
  @Test
  void tellsTheClusterWhatIsWrong() throws Exception {
    KubernetesMockServer cluster = ClusterFolder.server(true);
    cluster.init();
    opened.push(cluster::destroy);
    environment.putAll(ClusterFolder.environment(cluster, folder));
    start();
    KubernetesClient client = opened.push(cluster.createClient(new JdkHttpClientFactory()));
    Await.until(
        "an event",
        Duration.ofSeconds(20),
        () -> !client.v1().events().inNamespace("default").list().getItems().isEmpty());
    Event event = client.v1().events().inNamespace("default").list().getItems().getFirst();
    assertEquals("VfPfBroken", event.getReason());
    assertEquals("there is no PCI device 0000:3b:00.0", event.getMessage());
    assertEquals("Node", event.getInvolvedObject().getKind());
    assertEquals("node-1", event.getInvolvedObject().getName());
  }

  @Test
  void oneProcessOwnsTheVfsOfANode() {
    SriovManager first = start();
    assertTrue(refused(Failure.Kind.CONFLICT).contains("ledger"));
    first.close();
    start();
  }

  @Test
  void namesWhatIsWrongInItsConfiguration() throws IOException {
    environment.put("PATCHBAY_BREAK", "everything");
    assertTrue(refused(Failure.Kind.INVALID).contains("PATCHBAY_BREAK='everything'"));
    environment.put("PATCHBAY_BREAK", "");
    Path config = folder.resolve("pci.config");
    Files.writeString(config, Files.readString(config).replace("100g", "100 g"));
    assertTrue(refused(Failure.Kind.INVALID).contains("pci.config:5:"));
    Files.writeString(config, Files.readString(config).replace("0000:3b:00.0", "3b:00"));
    assertTrue(refused(Failure.Kind.INVALID).contains("pci.config:2:"));
    environment.put("NSM_SRIOV_CONFIG_FILE", folder.resolve("missing").toString());
    assertTrue(refused(Failure.Kind.NOT_FOUND).contains("missing"));
    environment.put("NODE_NAME", "");
    assertTrue(refused(Failure.Kind.INVALID).contains("NODE_NAME"));
  }

  /** A restart of the manager must not take the node's VFs away for the sake of a scrape. */
  @Test
  void startsWhileThePortOfItsMetricsIsTakenAndItsConfigIsBroken() throws IOException {
    environment.put("PROMETHEUS", "true");
    try (ServerSocket taken = new ServerSocket(0)) {
      environment.put("NSM_PROMETHEUS_LISTEN_ON", ":" + taken.getLocalPort());
      SriovManager first = start();
      Path kept = folder.resolve("state/last-good-config");
      Await.until("kept", Duration.ofSeconds(10), () -> Files.exists(kept));
      first.close();
      Files.writeString(folder.resolve("pci.config"), "physicalFunctions: {");
      start();
    }
  }

  private String refused(Failure.Kind kind) {
    Failure failure = assertThrows(Failure.class, this::start);
    assertEquals(kind, failure.kind(), failure.getMessage());
    return failure.getMessage();
  }
}
