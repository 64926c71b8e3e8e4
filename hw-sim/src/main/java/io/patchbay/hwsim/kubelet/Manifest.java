package io.patchbay.hwsim.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.Json;
import io.patchbay.hwsim.kubelet.ContainerSpec.Invocation;
import io.patchbay.hwsim.kubelet.ContainerSpec.Variable;
import io.patchbay.hwsim.kubelet.PodSpec.RestartPolicy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads plain Kubernetes Pod manifests; {@link ManifestWriter} is its counterpart. Like a cluster,
 * it takes keys it has no use for (volumes, probes, security contexts) and refuses wrong values in
 * those it uses; what it refuses is a {@link io.patchbay.base.Failure} of kind INVALID naming the
 * file, the line and the field.
 */
public final class Manifest {
  private static final Pattern POD_NAME =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern CONTAINER_NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern COUNT = Pattern.compile("[0-9]{1,9}");

  private Manifest() {}

  /** Reads a file with one Pod. */
  public static PodSpec readFile(Path file) {
    return Json.interpretFile(file, JsonNode.class, Manifest::read);
  }

  /** Reads YAML text; {@code source} stands for it in errors. */
  public static PodSpec parse(String source, String yaml) {
    return Json.interpretYaml(source, yaml, JsonNode.class, Manifest::read);
  }

  /** Reads a Pod that is already a tree; errors then begin with the field. */
  public static PodSpec read(JsonNode tree) {
    Field pod = new Field(tree);
    expect(pod.at("apiVersion"), "v1");
    expect(pod.at("kind"), "Pod");
    Field spec = pod.at("spec");
    try {
      return new PodSpec(
          metadata(pod.at("metadata")),
          spec.at("initContainers").items().stream().map(Manifest::container).toList(),
          spec.at("containers").items().stream().map(Manifest::container).toList(),
          restartPolicy(spec.at("restartPolicy")),
          spec.at("nodeName").text(""),
          spec.at("nodeSelector").textByKey());
    } catch (IllegalArgumentException e) {
      throw spec.wrong("is not a pod's: " + e.getMessage());
    }
  }

  private static void expect(Field field, String value) {
    if (!field.text().equals(value)) {
      throw field.wrong("must be " + value + ", not '" + field.text() + "'");
    }
  }

  private static Metadata metadata(Field metadata) {
    return new Metadata(
        named(metadata.at("name"), POD_NAME),
        metadata.at("namespace").text("default"),
        metadata.at("labels").textByKey(),
        metadata.at("annotations").textByKey());
  }

  private static String named(Field field, Pattern pattern) {
    if (!pattern.matcher(field.text()).matches()) {
      throw field.wrong(
          "must be lower-case letters, digits and '-' (DNS-1123), not '" + field.text() + "'");
    }
    return field.text();
  }

  private static RestartPolicy restartPolicy(Field field) {
    return switch (field.text("Always")) {
      case "Always" -> RestartPolicy.ALWAYS;
      case "OnFailure" -> RestartPolicy.ON_FAILURE;
      case "Never" -> RestartPolicy.NEVER;
      default ->
          throw field.wrong("must be Always, OnFailure or Never, not '" + field.text() + "'");
    };
  }

  private static ContainerSpec container(Field field) {
    return new ContainerSpec(
        named(field.at("name"), CONTAINER_NAME),
        field.at("image").text(),
        new Invocation(field.at("command").texts(), field.at("args").texts()),
        field.at("env").items().stream().map(Manifest::variable).toList(),
        resources(field.at("resources")),
        field.at("restartPolicy").text("").equals("Always"));
  }

  private static Variable variable(Field field) {
    String name = field.at("name").text();
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw field.at("name").wrong("must not be empty and must not contain '=': '" + name + "'");
    }
    Field from = field.at("valueFrom");
    if (!from.isPresent()) {
      return new Variable.Literal(name, field.at("value").text(""));
    }
    if (!from.at("fieldRef").isPresent()) {
      throw from.wrong("must be a fieldRef: config maps and secrets are not part of the rack");
    }
    Field path = from.at("fieldRef").at("fieldPath");
    if (!PodFields.isKnown(path.text())) {
      throw path.wrong("is not a field a pod can be told: '" + path.text() + "'");
    }
    return new Variable.FieldReference(name, path.text());
  }

  /**
   * Limits count; requests may only repeat them, for extended resources cannot be overcommitted.
   */
  private static Map<String, Integer> resources(Field resources) {
    Map<String, Integer> limits = counts(resources.at("limits"));
    resources
        .at("requests")
        .fields()
        .forEach((name, request) -> {
          if (!ExtendedResource.isNative(name) && count(request) != limits.getOrDefault(name, -1)) {
            throw request.wrong("must be equal to the limit of " + name);
          }
        });
    limits.values().removeIf(count -> count == 0);
    return limits;
  }

  private static Map<String, Integer> counts(Field limits) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    limits
        .fields()
        .forEach((name, value) -> {
          if (ExtendedResource.isNative(name)) {
            return;
          }
          if (!ExtendedResource.isLegal(name)) {
            throw value.wrong("is not a resource name; write for example example.com/100g");
          }
          counts.put(name, count(value));
        });
    return counts;
  }

  private static int count(Field field) {
    String text = field.node().asText();
    if (!COUNT.matcher(text).matches()) {
      throw field.wrong("must be an integer, not '" + text + "'");
    }
    return Integer.parseInt(text);
  }
}
