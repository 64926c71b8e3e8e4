package io.patchbay.hwsim.kubelet;

import java.util.List;
import java.util.Map;

/**
 * One container of a pod. An empty {@code command} means the image's own; {@code resources} holds
 * extended resources only, with counts above zero; a {@code sidecar} is an init container that
 * keeps running.
 */
public record ContainerSpec(
    String name,
    String image,
    Invocation invocation,
    List<Variable> variables,
    Map<String, Integer> resources,
    boolean sidecar) {
  public ContainerSpec {
    variables = List.copyOf(variables);
    resources = Map.copyOf(resources);
  }

  /** The words a manifest gives in place of, or in addition to, those of the image. */
  public record Invocation(List<String> command, List<String> arguments) {
    public Invocation {
      command = List.copyOf(command);
      arguments = List.copyOf(arguments);
    }
  }

  /** One entry of {@code env}. */
  public sealed interface Variable {
    /** The variable's name, which may hold characters that shells do not like. */
    String name();

    /** A value as written; {@code $(NAME)} in it stands for an earlier variable. */
    record Literal(String name, String value) implements Variable {}

    /** A value taken from the pod itself, such as {@code metadata.name}. */
    record FieldReference(String name, String path) implements Variable {}
  }
}
