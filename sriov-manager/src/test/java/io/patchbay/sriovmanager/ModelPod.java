package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Use;

/** A pod that the kubelet has admitted with one VF. */
final class ModelPod {
  private final String id;
  private final ResourceName name;
  private final FakeMachine.Vf vf;
  private final String token;
  private final boolean shows;
  private final String namespace;
  private final Use use;

  /**
   * @param id the pod's name
   * @param name what its VF was allocated as
   * @param token as its environment has it
   * @param shows whether it gets as far as the kubelet's list
   */
  ModelPod(String id, ResourceName name, FakeMachine.Vf vf, String token, boolean shows) {
    this.id = id;
    this.name = name;
    this.vf = vf;
    this.token = token;
    this.shows = shows;
    this.namespace = "inode://4/" + id;
    this.use =
        Use.newBuilder()
            .setPciAddress(vf.text)
            .setResourceName(name.toString())
            .setPodNamespace("default")
            .setPodName(id)
            .setContainerName("app")
            .build();
  }

  String id() {
    return id;
  }

  ResourceName name() {
    return name;
  }

  FakeMachine.Vf vf() {
    return vf;
  }

  String token() {
    return token;
  }

  boolean shows() {
    return shows;
  }

  String namespace() {
    return namespace;
  }

  /** As the kubelet lists it. */
  Use use() {
    return use;
  }

  @Override
  public String toString() {
    return id + " as " + name + " with " + vf;
  }
}
