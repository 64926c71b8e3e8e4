package io.patchbay.hwsim.kubelet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.patchbay.hwsim.kubelet.ContainerSpec.Variable;
import java.util.List;
import java.util.Map;

/** Writes pods as manifests, keys in a fixed order. */
public final class ManifestWriter {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build();

  private ManifestWriter() {}

  /** The Pod as YAML that {@link Manifest#parse} reads back to an equal one. */
  public static String yaml(PodSpec pod) {
    try {
      return YAML.writeValueAsString(tree(pod));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + pod.metadata().qualified(), e);
    }
  }

  /** The Pod as the tree that {@link Manifest#read} takes. */
  public static ObjectNode tree(PodSpec pod) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    tree.put("apiVersion", "v1").put("kind", "Pod");
    ObjectNode metadata = tree.putObject("metadata");
    metadata.put("name", pod.name()).put("namespace", pod.metadata().namespace());
    put(metadata, "labels", pod.metadata().labels());
    put(metadata, "annotations", pod.metadata().annotations());
    ObjectNode spec = tree.putObject("spec");
    putContainers(spec, "initContainers", pod.initContainers());
    putContainers(spec, "containers", pod.containers());
    spec.put(
        "restartPolicy",
        switch (pod.restartPolicy()) {
          case ALWAYS -> "Always";
          case ON_FAILURE -> "OnFailure";
          case NEVER -> "Never";
        });
    if (!pod.nodeName().isEmpty()) {
      spec.put("nodeName", pod.nodeName());
    }
    put(spec, "nodeSelector", pod.nodeSelector());
    return tree;
  }

  private static void put(ObjectNode parent, String key, Map<String, String> values) {
    if (!values.isEmpty()) {
      ObjectNode node = parent.putObject(key);
      values.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(entry -> node.put(entry.getKey(), entry.getValue()));
    }
  }

  private static void put(ObjectNode parent, String key, List<String> values) {
    if (!values.isEmpty()) {
      var array = parent.putArray(key);
      values.forEach(array::add);
    }
  }

  private static void putContainers(ObjectNode spec, String key, List<ContainerSpec> containers) {
    if (containers.isEmpty()) {
      return;
    }
    var array = spec.putArray(key);
    for (ContainerSpec container : containers) {
      ObjectNode node = array.addObject();
      node.put("name", container.name()).put("image", container.image());
      put(node, "command", container.invocation().command());
      put(node, "args", container.invocation().arguments());
      putVariables(node, container.variables());
      if (!container.resources().isEmpty()) {
        ObjectNode limits = node.putObject("resources").putObject("limits");
        container.resources().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .forEach(entry -> limits.put(entry.getKey(), entry.getValue()));
      }
      if (container.sidecar()) {
        node.put("restartPolicy", "Always");
      }
    }
  }

  private static void putVariables(ObjectNode container, List<Variable> variables) {
    if (variables.isEmpty()) {
      return;
    }
    var array = container.putArray("env");
    for (Variable variable : variables) {
      ObjectNode node = array.addObject().put("name", variable.name());
      switch (variable) {
        case Variable.Literal literal -> node.put("value", literal.value());
        case Variable.FieldReference reference ->
            node.putObject("valueFrom").putObject("fieldRef").put("fieldPath", reference.path());
      }
    }
  }
}
