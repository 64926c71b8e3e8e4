package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Use;

/**
 * A pod that the kubelet has admitted with one VF.
 *
 * @param id the pod's name
 * @param name what its VF was allocated as
 * @param token as its environment has it
 * @param shows whether it gets as far as the kubelet's list
 */
record ModelPod(String id, ResourceName name, FakeMachine.Vf vf, String token, boolean shows) {
  String namespace() {
    return "inode://4/" + id;
  }

  /** As the kubelet lists it. */
  Use use() {
    return Use.newBuilder()
        .setPciAddress(vf.text)
        .setResourceName(name.toString())
        .setPodNamespace("default")
        .setPodName(id)
        .setContainerName("app")
        .build();
  }
}
