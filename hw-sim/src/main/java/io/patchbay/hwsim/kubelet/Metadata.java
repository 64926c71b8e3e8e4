package io.patchbay.hwsim.kubelet;

import java.util.Map;

/** What a Kubernetes object is called and marked with. */
public record Metadata(
    String name, String namespace, Map<String, String> labels, Map<String, String> annotations) {
  public Metadata {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  /** The name as logs and commands write it: {@code namespace/name}. */
  public String qualified() {
    return namespace + "/" + name;
  }
}
