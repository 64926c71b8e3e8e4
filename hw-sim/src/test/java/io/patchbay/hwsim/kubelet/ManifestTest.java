package io.patchbay.hwsim.kubelet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Manifests as people write them, right and wrong. */
class ManifestTest {
  private static final String WHOLE =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: cnf-1
        labels: {app: cnf}
        annotations: {ns.networkservicemesh.io: myns.example.com}
      spec:
        nodeSelector: {zone: a}
        volumes: [{name: v, emptyDir: {}}]
        initContainers:
          - name: nsc
            image: nsc
            args: [--once]
            restartPolicy: Always
        containers:
          - name: app
            image: app:1
            command: [serve, "$(NAME)", "$$HOME", "$(ABSENT)"]
            ports: [{containerPort: 80}]
            env:
              - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
              - {name: NSM_NAME, value: "$(NAME)-1"}
              - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
              - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
              - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            resources:
              requests: {cpu: 100m, example.com/100g: 1}
              limits: {memory: 80Mi, example.com/100g: "1"}
      """;

  @Test
  void whatMattersIsReadAndWrittenBack() {
    PodSpec pod = Manifest.parse("pod.yaml", WHOLE);
    assertEquals("default/cnf-1", pod.metadata().qualified());
    assertEquals(Map.of("example.com/100g", 1), pod.requests());
    assertEquals(List.of(true), pod.initContainers().stream().map(ContainerSpec::sidecar).toList());
    assertEquals(pod, Manifest.parse("again", ManifestWriter.yaml(pod)));
  }

  @Test
  void referencesAreResolvedWithoutAShell() {
    Pod pod = new Pod("u", Manifest.parse("pod.yaml", WHOLE));
    ContainerSpec app = pod.spec().containers().getFirst();
    Map<String, String> environment = PodFields.environment(app, pod, "node-1");
    assertEquals(
        Map.of("NAME", "cnf-1", "NSM_NAME", "cnf-1-1", "IP", "", "APP", "cnf", "NODE", "node-1"),
        environment);
    assertEquals(
        List.of("serve", "cnf-1", "$HOME", "$(ABSENT)"),
        PodFields.expand(app.invocation().command(), environment));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kind: Pod | kind: Job | pod.yaml:2:1: kind must be Pod, not 'Job'",
        "name: cnf-1 | name: CNF | pod.yaml:4:3: metadata.name must be lower-case letters, digits"
            + " and '-' (DNS-1123), not 'CNF'",
        "name: cnf-1 | name: 7 | pod.yaml:4:3: metadata.name must be text, but this is '7';"
            + " put it in quotes",
        "image: app:1 | imago: x | pod.yaml:16:7: spec.containers[0].image is missing",
        "name: app | name: nsc | pod.yaml:7:1: spec is not a pod's: two containers are named 'nsc';"
            + " rename one of them",
        "100g: \"1\" | 100g: 0.5 | pod.yaml:28:32: spec.containers[0].resources.limits"
            + "['example.com/100g'] must be an integer, not '0.5'",
        "100g: \"1\" | 100g: 2 | pod.yaml:27:31: spec.containers[0].resources.requests"
            + "['example.com/100g'] must be equal to the limit of example.com/100g",
        "example.com/100g: \"1\" | Example.com/100g: 1 | pod.yaml:28:32:"
            + " spec.containers[0].resources.limits['Example.com/100g'] is not a resource name;"
            + " write for example example.com/100g",
        "metadata.name}} | metadata.size}} | pod.yaml:21:47:"
            + " spec.containers[0].env[0].valueFrom.fieldRef.fieldPath is not a field a pod can be"
            + " told: 'metadata.size'",
        "args: [--once] | args: --once | pod.yaml:13:7: spec.initContainers[0].args must be a list,"
            + " but this is '--once'",
        "labels: {app: cnf} | labels: [app] | pod.yaml:5:3: metadata.labels must be keys and"
            + " values, but this is a list"
      })
  void wrongManifestsNameTheLineAndTheField(String right, String wrong, String message) {
    String yaml = WHOLE.replace(right, wrong);
    Failure failure = assertThrows(Failure.class, () -> Manifest.parse("pod.yaml", yaml));
    assertEquals(message, failure.getMessage());
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }

  @Test
  void brokenYamlNamesTheLine() {
    Failure failure =
        assertThrows(Failure.class, () -> Manifest.parse("pod.yaml", "kind: Pod\n  name: [x\n"));
    assertEquals("pod.yaml:2", failure.getMessage().substring(0, 10));
  }

  @ParameterizedTest
  @CsvSource({
    "example.com/100g,true",
    "example.com/10G,true",
    "a/b,true",
    "cpu,false",
    "kubernetes.io/x,false",
    "requests.example.com/x,false",
    "Example.com/x,false",
    "example.com/a b,false",
    "example.com/a/b,false",
    "example.com/-x,false",
    "/x,false"
  })
  void resourceNames(String name, boolean legal) {
    assertEquals(legal, ExtendedResource.isLegal(name));
  }
}
