package io.patchbay.torshims.services;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.kubernetes.PodAccount;
import io.patchbay.torshims.services.ServiceObject.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against fabric8's mock, which keeps objects; it checks no schema and counts no generations. */
class KubernetesServicesTest {
  private static final ResourceDefinitionContext KIND =
      new ResourceDefinitionContext.Builder()
          .withGroup("patchbay.io")
          .withVersion("v1alpha1")
          .withKind("FabricService")
          .withPlural("fabricservices")
          .withNamespaced(true)
          .build();
  private static final String TEXT =
      """
      apiVersion: patchbay.io/v1alpha1
      kind: FabricService
      metadata: {name: NAME, namespace: nsm-system, generation: 3}
      spec: {domain: example.com, vlans: ["100"], addresses: {prefix: 10.1.0.0/24}}
      """;

  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(),
          new MockWebServer(),
          new HashMap<>(),
          new KubernetesCrudDispatcher(),
          false);
  private final FakeTime time = new FakeTime();
  private KubernetesClient client;
  private KubernetesServices services;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient(new JdkHttpClientFactory());
    services =
        new KubernetesServices(server.createClient(new JdkHttpClientFactory()), "nsm-system", time);
  }

  @AfterEach
  void stop() {
    services.close();
    client.close();
    server.destroy();
  }

  private void create(String text) {
    var unused =
        client
            .genericKubernetesResources(KIND)
            .inNamespace("nsm-system")
            .resource(Serialization.unmarshal(text, GenericKubernetesResource.class))
            .create();
  }

  private List<?> conditions(String name) {
    GenericKubernetesResource there =
        client.genericKubernetesResources(KIND).inNamespace("nsm-system").withName(name).get();
    return there.<List<?>>get("status", "conditions");
  }

  @Test
  void whatIsAskedForIsRead() {
    assertEquals(List.of(), services.list());
    create(TEXT.replace("NAME", "myns"));
    ServiceObject object = services.list().getFirst();
    assertEquals("myns", object.name());
    assertEquals("example.com", object.domain());
    assertEquals("{\"vlans\":[\"100\"],\"addresses\":{\"prefix\":\"10.1.0.0/24\"}}", object.spec());
    assertEquals(Verdict.NONE, object.told());
  }

  @Test
  void whatHasNoFieldsIsReadAsThat() {
    create(TEXT.replace("NAME", "empty").replaceFirst("spec: .*\n", ""));
    ServiceObject object = services.list().getFirst();
    assertEquals("", object.domain());
    assertEquals("{}", object.spec());
  }

  @Test
  void whatBecameOfItIsAConditionAmongOthers() {
    create(
        TEXT.replace("NAME", "myns")
            + "status: {conditions: [{type: Theirs, status: \"True\"}], other: kept}\n");
    ServiceObject object = services.list().getFirst();
    services.tell(object, new Verdict(3, "no such VLAN"));
    assertEquals(List.of("GET fabricservices", "GET myns", "PATCH status"), asked());
    String since = time.now().toString();
    assertEquals(
        List.of(
            Map.of("type", "Theirs", "status", "True"),
            condition("False", "Refused", "no such VLAN", since)),
        conditions("myns"));
    assertEquals(new Verdict(3, "no such VLAN"), services.list().getFirst().told());
    time.advance(Duration.ofMinutes(1));
    services.tell(object, new Verdict(3, "still none"));
    assertEquals(condition("False", "Refused", "still none", since), conditions("myns").get(1));
    services.tell(object, new Verdict(3, ""));
    assertEquals(
        condition("True", "Offered", "", time.now().toString()), conditions("myns").get(1));
    assertEquals(new Verdict(3, ""), services.list().getFirst().told());
  }

  /** What it asked the API server for, as fabric-service.yaml allows it. */
  private List<String> asked() {
    List<String> asked = new ArrayList<>();
    try {
      for (int left = server.getRequestCount(); left > 0; left--) {
        RecordedRequest request = server.takeRequest();
        String path = request.getPath();
        asked.add(request.getMethod() + " " + path.substring(path.lastIndexOf('/') + 1));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    asked.remove(0); // the test's own POST
    return asked;
  }

  private static Map<String, Object> condition(
      String status, String reason, String message, String since) {
    return Map.of(
        "type", "Accepted",
        "status", status,
        "reason", reason,
        "message", message,
        "observedGeneration", 3,
        "lastTransitionTime", since);
  }

  @Test
  void whatIsGoneIsToldNothing() {
    create(TEXT.replace("NAME", "myns"));
    ServiceObject object = services.list().getFirst();
    var unused =
        client.genericKubernetesResources(KIND).inNamespace("nsm-system").withName("myns").delete();
    services.tell(object, new Verdict(3, ""));
    assertEquals(List.of(), services.list());
  }

  @Test
  void withoutAnApiServerNothingIsKnown() {
    server.destroy();
    Failure failure = assertThrows(Failure.class, services::list);
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
  }

  @Test
  void aConfigurationThatCannotBeRightIsRefused() {
    PodAccount nowhere = new PodAccount("", 443, Path.of("/nowhere"));
    assertEquals(Optional.empty(), new ServicesConfig("file").open(nowhere, time));
    for (String kind : List.of("kubernetes", "crd")) {
      Failure failure =
          assertThrows(Failure.class, () -> new ServicesConfig(kind).open(nowhere, time));
      assertEquals(Failure.Kind.INVALID, failure.kind());
      assertEquals(
          "PATCHBAY_FABRIC_SERVICES=" + kind + ": ",
          failure.getMessage().replaceFirst("(=[a-z]+: ).*", "$1"));
    }
  }
}
