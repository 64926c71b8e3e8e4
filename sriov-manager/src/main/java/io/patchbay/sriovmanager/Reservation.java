package io.patchbay.sriovmanager;

/**
 * Under which name and for whom VFs are reserved.
 *
 * @param claim for a container, which the kubelet tells of later, if there is none
 * @param pod the claim's pod, in its namespace; empty without a claim
 */
record Reservation(ResourceName name, ResourceClaim claim, String pod) {
  /** For a container that the kubelet's device manager chose them for. */
  static Reservation ofContainer(ResourceName name) {
    return new Reservation(name, ResourceClaim.NONE, "");
  }

  /** Who uses it, as far as that is known when it is made. */
  Claim.Use use() {
    return pod.isEmpty() ? Claim.Use.NONE : new Claim.Use(claim.namespace(), pod, "", 0);
  }
}
