package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InjectionTest {
  private static final Injection BOTH =
      new Injection(
          List.of("images.example.com/patchbay/nsc-init:1"),
          List.of("images.example.com/patchbay/nsc:1"));

  private static JsonNode pod(String annotations, String... resources) {
    List<String> limits = new ArrayList<>();
    for (String resource : resources) {
      limits.add("'" + resource + "': 1");
    }
    return Json.parseYaml(
        "pod",
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: cnf-1, annotations: {%s}}
        spec:
          containers:
          - {name: app, image: app:1, resources: {limits: {cpu: 1, %s}}}
        """
            .formatted(annotations, String.join(", ", limits)),
        JsonNode.class);
  }

  private static JsonNode client(JsonNode pod) {
    return pod.path("spec").path("containers").path(1);
  }

  private static String services(JsonNode pod) {
    for (JsonNode variable : client(pod).path("env")) {
      if (variable.path("name").asText().equals("NSM_NETWORK_SERVICES")) {
        return variable.path("value").asText();
      }
    }
    return "none";
  }

  @Test
  void aPodThatAsksForNothingStaysAsItWas() {
    JsonNode pod = pod("other: x");
    assertEquals(pod, BOTH.inject(pod));
  }

  @Test
  void putsClientsIntoThePod() {
    JsonNode pod = pod("networkservicemesh.io: 'kernel://svc/nsm-1?a=b'");
    JsonNode before = pod.deepCopy();
    assertEquals(
        Json.parseYaml(
            "wanted",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: cnf-1, annotations: {networkservicemesh.io: 'kernel://svc/nsm-1?a=b'}}
            spec:
              containers:
              - {name: app, image: app:1, resources: {limits: {cpu: 1}}}
              - name: nsc
                image: images.example.com/patchbay/nsc:1
                env: &env
                - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
                - {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
                - {name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}
                - {name: NSM_NAME, value: $(POD_NAME)-$(POD_UID)}
                - {name: NSM_NETWORK_SERVICES, value: 'kernel://svc/nsm-1?a=b'}
                - name: SPIFFE_ENDPOINT_SOCKET
                  value: unix:///run/spire/sockets/agent.sock
                volumeMounts:
                - {name: nsm-socket, mountPath: /var/lib/networkservicemesh, readOnly: true}
                - {name: spire-agent-socket, mountPath: /run/spire/sockets, readOnly: true}
              volumes:
              - name: nsm-socket
                hostPath: {path: /var/lib/networkservicemesh, type: DirectoryOrCreate}
              - name: spire-agent-socket
                hostPath: {path: /run/spire/sockets, type: DirectoryOrCreate}
            """
                .replace("&env", ""),
            JsonNode.class),
        new Injection(List.of(), List.of("images.example.com/patchbay/nsc:1")).inject(pod));
    assertEquals(before, pod, "the pod that came in is not changed");
  }

  @Test
  void aVolumeThatThePodHasIsNotAddedAgain() {
    ObjectNode pod = (ObjectNode) pod("networkservicemesh.io: svc");
    pod.withArray("/spec/volumes").addObject().put("name", "spire-agent-socket");
    List<String> names = new ArrayList<>();
    BOTH.inject(pod).path("spec").path("volumes").forEach(v -> names.add(v.path("name").asText()));
    assertEquals(List.of("spire-agent-socket", "nsm-socket"), names);
  }

  @Test
  void clientsHaveNamesOfTheirOwnAndComeOnce() {
    Injection same = new Injection(List.of("x/app@sha256:1"), List.of("x/app:2"));
    JsonNode injected = same.inject(pod("networkservicemesh.io: svc"));
    List<String> names = new ArrayList<>();
    injected.findValues("image").forEach(image -> names.add(image.asText()));
    assertEquals(
        "app-2", injected.path("spec").path("initContainers").path(0).path("name").asText());
    assertEquals("app-3", client(injected).path("name").asText());
    assertEquals(injected, same.inject(injected));
  }

  @ParameterizedTest
  @CsvSource({
    "myns.example.com, example.com/100g,"
        + " kernel://myns@example.com/nsm-1?sriovToken=example.com/100g",
    "a.b.example.com, example.com/10g, kernel://a.b@example.com/nsm-1?sriovToken=example.com/10g",
    "a.b.com, b.com/1g com/2g, kernel://a@b.com/nsm-1?sriovToken=b.com/1g",
    "a.b.com, com/2g other.org/1g, kernel://a.b@com/nsm-1?sriovToken=com/2g",
  })
  void aDottedNameFindsItsDomainAndItsVf(String name, String resources, String url) {
    JsonNode pod = pod("ns.networkservicemesh.io: " + name, resources.split(" "));
    assertEquals(url, services(BOTH.inject(pod)));
    assertTrue(client(BOTH.inject(pod)).path("resources").isMissingNode(), "the app has the VF");
  }

  @Test
  void bothAnnotationsGoTogetherOnInterfacesOfTheirOwn() {
    JsonNode pod =
        pod(
            "networkservicemesh.io: 'kernel://svc/nsm-1', ns.networkservicemesh.io: a.example.com",
            "example.com/100g");
    assertEquals(
        "kernel://svc/nsm-1,kernel://a@example.com/nsm-2?sriovToken=example.com/100g",
        services(BOTH.inject(pod)));
  }

  @Test
  void aVfThatNobodyAsksForIsAskedForByTheClient() {
    String urls =
        "networkservicemesh.io: 'kernel://a/nsm-1?sriovToken=d.org/1g,"
            + "kernel://b/nsm-2?sriovToken=d.org/1g,kernel://c/nsm-3?sriovToken=d.org/2g'";
    assertEquals(
        Json.parseYaml("limits", "{d.org/1g: 2}", JsonNode.class),
        client(BOTH.inject(pod(urls, "d.org/2g"))).path("resources").path("limits"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "myns.example.com|example.com/100g example.com/10g|"
            + "myns.example.com: example.com/100g and example.com/10g could be meant; write"
            + " networkservicemesh.io: kernel://service@domain/interface?sriovToken=<resource>"
            + " instead",
        "myns.example.com|d.org/1g|"
            + "myns.example.com: no resource that the pod asks for has a domain that ends it;"
            + " the pod asks for d.org/1g",
        "myns.example.com|''|"
            + "myns.example.com: no resource that the pod asks for has a domain that ends it;"
            + " the pod asks for none",
        "example.com|example.com/1g|"
            + "example.com: no resource that the pod asks for has a domain that ends it;"
            + " the pod asks for example.com/1g",
      })
  void aNameWithoutOneAnswerIsRefused(String name, String resources, String why) {
    JsonNode pod =
        pod(
            "ns.networkservicemesh.io: " + name,
            resources.isEmpty() ? new String[0] : resources.split(" "));
    Failure failure = assertThrows(Failure.class, () -> BOTH.inject(pod));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertEquals(
        "metadata.annotations['ns.networkservicemesh.io'] of pod cnf-1: " + why,
        failure.getMessage());
  }

  @Test
  void aUrlThatIsWrongIsRefusedWithItsAnnotation() {
    Failure failure =
        assertThrows(
            Failure.class, () -> BOTH.inject(pod("networkservicemesh.io: 'kernel://@d/i'")));
    assertEquals(
        "metadata.annotations['networkservicemesh.io'] of pod cnf-1: network service URL"
            + " 'kernel://@d/i': '@d' is not service or service@domain",
        failure.getMessage());
  }

  @Test
  void aPodWithoutSpecIsRefused() {
    JsonNode pod =
        Json.parseYaml(
            "pod", "metadata: {name: x, annotations: {networkservicemesh.io: a}}", JsonNode.class);
    assertEquals(
        "spec of pod x: is missing",
        assertThrows(Failure.class, () -> BOTH.inject(pod)).getMessage());
  }
}
