package io.patchbay.hwsim.kubelet;

import io.patchbay.hwsim.kubelet.ContainerSpec.Variable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a pod can be told about itself (the downward API), and the {@code $(NAME)} references that
 * Kubernetes resolves in {@code env}, {@code command} and {@code args} without a shell.
 */
public final class PodFields {
  private static final Pattern KEYED =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");
  private static final Pattern REFERENCE = Pattern.compile("\\$(\\$|\\(([^)]*)\\))");

  private PodFields() {}

  static boolean isKnown(String path) {
    return switch (path) {
      case "metadata.name",
          "metadata.namespace",
          "metadata.uid",
          "spec.nodeName",
          "spec.serviceAccountName",
          "status.podIP",
          "status.hostIP" ->
          true;
      default -> KEYED.matcher(path).matches();
    };
  }

  /**
   * A field's value. Addresses are empty: simulated pods have no cluster network, and nobody may
   * lean on one.
   */
  static String value(String path, Pod pod, String node) {
    Matcher keyed = KEYED.matcher(path);
    if (keyed.matches()) {
      Map<String, String> values =
          keyed.group(1).equals("labels")
              ? pod.spec().metadata().labels()
              : pod.spec().metadata().annotations();
      return values.getOrDefault(keyed.group(2), "");
    }
    return switch (path) {
      case "metadata.name" -> pod.name();
      case "metadata.namespace" -> pod.namespace();
      case "metadata.uid" -> pod.uid();
      case "spec.nodeName" -> node;
      case "spec.serviceAccountName" -> "default";
      default -> "";
    };
  }

  /**
   * The environment of a container on a node: what {@code env} says, later entries seeing earlier
   * ones.
   */
  public static Map<String, String> environment(ContainerSpec container, Pod pod, String node) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (Variable variable : container.variables()) {
      String value =
          switch (variable) {
            case Variable.Literal literal -> expand(literal.value(), environment);
            case Variable.FieldReference reference -> value(reference.path(), pod, node);
          };
      environment.put(variable.name(), value);
    }
    return environment;
  }

  /**
   * Resolves references in each word; unknown ones stay as they are, {@code $$} becomes a dollar.
   */
  public static List<String> expand(List<String> words, Map<String, String> environment) {
    return words.stream().map(word -> expand(word, environment)).toList();
  }

  private static String expand(String text, Map<String, String> environment) {
    return REFERENCE
        .matcher(text)
        .replaceAll(match -> {
          String name = match.group(2);
          String value = name == null ? "$" : environment.getOrDefault(name, match.group());
          return Matcher.quoteReplacement(value);
        });
  }
}
