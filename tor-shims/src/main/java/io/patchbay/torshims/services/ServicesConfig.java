package io.patchbay.torshims.services;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.kubernetes.ApiClient;
import io.patchbay.kubernetes.PodAccount;
import java.util.Optional;

/** Where services are asked for beside the fabric file. */
public record ServicesConfig(
    @Variable(
            name = "PATCHBAY_FABRIC_SERVICES",
            fallback = "file",
            help =
                "where services of the fabric are: file, the fabric file alone, or kubernetes, also"
                    + " FabricServices in its pod's namespace")
        String kind) {
  /**
   * The objects; empty where there is the file alone. Throws {@link Failure} of kind INVALID for a
   * configuration that cannot be right, or UNAVAILABLE.
   *
   * @param account of the pod
   */
  public Optional<ServiceObjects> open(PodAccount account, Time time) {
    return switch (kind) {
      case "file" -> Optional.empty();
      case "kubernetes" -> Optional.of(inCluster(account, time));
      default ->
          throw new Failure(
              Failure.Kind.INVALID,
              "PATCHBAY_FABRIC_SERVICES=" + kind + ": write file or kubernetes");
    };
  }

  private static ServiceObjects inCluster(PodAccount account, Time time) {
    String obstacle = account.obstacle();
    if (!obstacle.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "PATCHBAY_FABRIC_SERVICES=kubernetes: " + obstacle);
    }
    return new KubernetesServices(ApiClient.connect(account), account.namespace(), time);
  }
}
