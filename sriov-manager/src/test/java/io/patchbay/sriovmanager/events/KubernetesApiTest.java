package io.patchbay.sriovmanager.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.patchbay.base.Failure;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against fabric8's mock, which keeps objects and patches them; it checks no schema. */
class KubernetesApiTest {
  private static final Refusal.Pod POD = new Refusal.Pod("team", "cnf-1");
  private static final Instant FIRST = Instant.parse("2026-11-20T10:00:00.123Z");
  private final KubernetesMockServer server = ClusterFolder.server(false);
  private KubernetesClient client;
  private KubernetesApi api;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient(new JdkHttpClientFactory());
    api = new KubernetesApi(client, "node-1");
  }

  @AfterEach
  void stop() {
    api.close();
    server.destroy();
  }

  private void pod(String node) {
    var unused =
        client
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withNamespace("team")
                    .withName("cnf-1")
                    .withUid("uid-1")
                    .endMetadata()
                    .withNewSpec()
                    .withNodeName(node)
                    .endSpec()
                    .build())
            .create();
  }

  private static EventReport report(EventReport.About about) {
    return new EventReport("cnf-1.17", about, "VfRequestRefused", "\"no\" & why", 1, FIRST, FIRST);
  }

  private Event read(String namespace) {
    return client.v1().events().inNamespace(namespace).withName("cnf-1.17").get();
  }

  @Test
  void aPodOfThisNodeHasAUid() {
    assertEquals(Optional.empty(), api.uid(POD));
    pod("node-1");
    assertEquals(1, client.pods().inNamespace("team").list().getItems().size());
    assertTrue(api.uid(POD).isPresent());
    assertEquals(Optional.empty(), new KubernetesApi(client, "node-2").uid(POD));
  }

  /** What `kubectl describe pod` finds and prints. */
  @Test
  void anEventOfAPodHasAllThatKubectlShows() {
    api.create(report(EventReport.About.pod(POD, "uid-1")));
    Event event = read("team");
    assertEquals("Pod", event.getInvolvedObject().getKind());
    assertEquals("v1", event.getInvolvedObject().getApiVersion());
    assertEquals("team", event.getInvolvedObject().getNamespace());
    assertEquals("cnf-1", event.getInvolvedObject().getName());
    assertEquals("uid-1", event.getInvolvedObject().getUid());
    assertEquals("Warning", event.getType());
    assertEquals("VfRequestRefused", event.getReason());
    assertEquals("\"no\" & why", event.getMessage());
    assertEquals("sriov-manager", event.getSource().getComponent());
    assertEquals("node-1", event.getSource().getHost());
    assertEquals("sriov-manager", event.getReportingComponent());
    assertEquals("node-1", event.getReportingInstance());
    assertEquals(1, event.getCount());
    assertEquals("2026-11-20T10:00:00Z", event.getFirstTimestamp());
    assertEquals("2026-11-20T10:00:00Z", event.getLastTimestamp());
  }

  @Test
  void anEventOfTheNodeIsWhereTheKubeletsAre() {
    api.create(report(EventReport.About.node("node-1")));
    Event event = read("default");
    assertEquals("Node", event.getInvolvedObject().getKind());
    assertEquals("node-1", event.getInvolvedObject().getName());
    assertEquals("node-1", event.getInvolvedObject().getUid());
    assertEquals(null, event.getInvolvedObject().getNamespace());
  }

  @Test
  void countingChangesCountAndTimeOnly() {
    EventReport report = report(EventReport.About.pod(POD, "uid-1"));
    assertFalse(api.count(report));
    api.create(report);
    assertTrue(api.count(report.again(4, FIRST.plusSeconds(60))));
    Event event = read("team");
    assertEquals(5, event.getCount());
    assertEquals("2026-11-20T10:00:00Z", event.getFirstTimestamp());
    assertEquals("2026-11-20T10:01:00Z", event.getLastTimestamp());
    assertEquals("\"no\" & why", event.getMessage());
  }

  @Test
  void aRefusalAndAnAbsenceOfTheServerDiffer() {
    EventReport report = report(EventReport.About.node("node-1"));
    api.create(report);
    assertEquals(
        Failure.Kind.INVALID, assertThrows(Failure.class, () -> api.create(report)).kind());
    server.destroy();
    assertEquals(
        Failure.Kind.UNAVAILABLE, assertThrows(Failure.class, () -> api.create(report)).kind());
  }
}
