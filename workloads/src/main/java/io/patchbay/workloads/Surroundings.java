package io.patchbay.workloads;

import io.patchbay.linux.NetworkNamespace;
import java.util.Map;

/**
 * Where a workload runs.
 *
 * @param namespaceUrl its network namespace as the wire names it, {@code inode://dev/ino}
 * @param environment its environment variables: a container that holds VFs has {@code
 *     NSM_SRIOV_TOKENS_<resource>}, the ids of its grants
 */
public record Surroundings(String namespaceUrl, Map<String, String> environment) {
  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /** Those of this process. */
  public static Surroundings own() {
    try (NetworkNamespace own = NetworkNamespace.own()) {
      return new Surroundings(own.inodeUrl(), System.getenv());
    }
  }
}
