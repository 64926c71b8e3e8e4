package io.patchbay.deviceplugin.dra;

import io.patchbay.api.podresources.ClaimResource;
import io.patchbay.api.podresources.ContainerResources;
import io.patchbay.api.podresources.DynamicResource;
import io.patchbay.api.podresources.PodResources;
import io.patchbay.api.vf.Use;
import io.patchbay.api.vf.VirtualFunction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What a kubelet lists of claims, if it does (contracts/kubelet.md section 6): it tells the
 * container, which nobody else does. Pure.
 *
 * @param pool the node's name
 */
public record ListedClaims(String driver, String pool) {
  /** Which of these VFs the container has by claims. */
  public List<Use> uses(
      PodResources pod, ContainerResources container, Collection<VirtualFunction> functions) {
    List<Use> uses = new ArrayList<>();
    for (DynamicResource claim : container.getDynamicResourcesList()) {
      for (ClaimResource device : claim.getClaimResourcesList()) {
        if (device.getDriverName().equals(driver) && device.getPoolName().equals(pool)) {
          functions.stream()
              .filter(vf -> DeviceName.of(vf.getPciAddress()).equals(device.getDeviceName()))
              .forEach(vf ->
                  resource(vf).ifPresent(name -> uses.add(use(pod, container, claim, name, vf))));
        }
      }
    }
    return uses;
  }

  /** What it was granted as; what else it can have been granted as, if that is sure. */
  private static Optional<String> resource(VirtualFunction vf) {
    if (!vf.getOwner().getResourceName().isEmpty()) {
      return Optional.of(vf.getOwner().getResourceName());
    }
    return vf.getResourceNamesCount() == 1 ? Optional.of(vf.getResourceNames(0)) : Optional.empty();
  }

  private static Use use(
      PodResources pod,
      ContainerResources container,
      DynamicResource claim,
      String resource,
      VirtualFunction vf) {
    return Use.newBuilder()
        .setPciAddress(vf.getPciAddress())
        .setResourceName(resource)
        .setPodNamespace(pod.getNamespace())
        .setPodName(pod.getName())
        .setContainerName(container.getName())
        .setResourceClaim(claim.getClaimNamespace() + "/" + claim.getClaimName())
        .build();
  }
}
