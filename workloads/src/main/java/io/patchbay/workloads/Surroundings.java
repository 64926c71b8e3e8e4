package io.patchbay.workloads;

import io.patchbay.mesh.identity.Identities;
import io.patchbay.sockets.TransportSecurity;
import java.util.Map;
import java.util.Optional;

/**
 * Where a workload runs.
 *
 * @param namespaceUrl its network namespace: {@code file:///path}, which the wire names by inode
 *     and a descriptor, or {@code inode://dev/ino} for one that others find by themselves
 * @param environment its environment variables: a container that holds VFs has {@code
 *     NSM_SRIOV_TOKENS_<resource>}, the ids of its grants
 * @param identities who it is; empty in tests of something else, which then have no TLS
 */
public record Surroundings(
    String namespaceUrl, Map<String, String> environment, Optional<Identities> identities) {
  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /** Without an identity. */
  public Surroundings(String namespaceUrl, Map<String, String> environment) {
    this(namespaceUrl, environment, Optional.empty());
  }

  /** Those of this process: its own namespace, wherever one of its threads may be. */
  public static Surroundings own(Identities identities) {
    return new Surroundings("file:///proc/self/ns/net", System.getenv(), Optional.of(identities));
  }

  /** What its connections begin with. */
  Optional<TransportSecurity> security() {
    return identities.map(Identities::security);
  }
}
