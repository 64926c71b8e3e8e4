package io.patchbay.sriovmanager.events;

import java.util.Optional;

/**
 * That something was not done, in the words in which whoever asked was told.
 *
 * @param pod whom it concerns; empty when that is not known, or all of the node
 */
public record Refusal(Optional<Pod> pod, Reason reason, String text) {
  /** A pod by its name. */
  public record Pod(String namespace, String name) {
    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /** What sort of thing was not done: one word for machines and for whoever filters events. */
  public enum Reason {
    /** The kubelet asked for VFs for a container. */
    VF_NOT_RESERVED("VfNotReserved"),
    /** A client asked for a network service. */
    REQUEST_REFUSED("VfRequestRefused"),
    /** The policies did not let somebody in. */
    NOT_LET_IN("VfRequestDenied"),
    /** A VF whose time in a pod is over could not be brought home, or made as it was. */
    NOT_HOME("VfNotHome"),
    /** A VF cannot be used, by the pod that has it or by anybody. */
    VF_BROKEN("VfBroken"),
    /** None of a PF's VFs can be used. */
    PF_BROKEN("VfPfBroken"),
    /** The config file, or a change of it, does not count. */
    CONFIG_REFUSED("VfConfigRefused");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    /** As it is in an Event. */
    public String word() {
      return word;
    }
  }

  /** What concerns the node, or nobody that is known. */
  public static Refusal ofNode(Reason reason, String text) {
    return new Refusal(Optional.empty(), reason, text);
  }

  /** What concerns a pod. */
  public static Refusal ofPod(String namespace, String name, Reason reason, String text) {
    return new Refusal(Optional.of(new Pod(namespace, name)), reason, text);
  }
}
