package io.patchbay.hwsim.netconf;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a node sits, from the top: what an rpc-error's error-path says. Immutable.
 *
 * @param steps the nodes on the way; only their schemas and keys count
 */
public record InstancePath(List<Data> steps) {
  /** The root of a datastore. */
  public static final InstancePath ROOT = new InstancePath(List.of());

  public InstancePath {
    steps = List.copyOf(steps);
  }

  /** The path of a child of this node. */
  public InstancePath to(Data child) {
    List<Data> longer = new ArrayList<>(steps);
    longer.add(child);
    return new InstancePath(longer);
  }

  /** The modules whose prefixes stand in the text. */
  public Set<YangModule> modules() {
    return steps.stream().map(step -> step.schema().module()).collect(Collectors.toSet());
  }

  /** The path in XPath, each step with its module's prefix. */
  @Override
  public String toString() {
    return steps.isEmpty()
        ? "/"
        : steps.stream().map(InstancePath::step).collect(Collectors.joining());
  }

  private static String step(Data step) {
    String prefix = "/" + step.schema().module().prefix() + ":";
    String test =
        switch (step.schema()) {
          case Schema.Entries list -> keys(list, step);
          case Schema.LeafList _ -> "[.=" + quoted(step.value()) + "]";
          case Schema.Leaf _, Schema.Container _ -> "";
        };
    return prefix + step.schema().name() + test;
  }

  private static String keys(Schema.Entries list, Data entry) {
    StringBuilder tests = new StringBuilder();
    for (String key : list.keys()) {
      String name = list.module().prefix() + ":" + key;
      tests.append('[').append(name).append('=');
      tests.append(quoted(entry.leaf(key).orElse(""))).append(']');
    }
    return tests.toString();
  }

  private static String quoted(String text) {
    return text.contains("'") ? '"' + text + '"' : "'" + text + "'";
  }
}
