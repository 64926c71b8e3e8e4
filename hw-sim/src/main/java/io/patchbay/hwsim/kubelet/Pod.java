package io.patchbay.hwsim.kubelet;

/** One life of a pod: one that is deleted and made again under its name has another {@code uid}. */
public record Pod(String uid, PodSpec spec) {
  /** The pod's name. */
  public String name() {
    return spec.metadata().name();
  }

  /** The pod's namespace. */
  public String namespace() {
    return spec.metadata().namespace();
  }

  @Override
  public String toString() {
    return spec.metadata().qualified();
  }
}
