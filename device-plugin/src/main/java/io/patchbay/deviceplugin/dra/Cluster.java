package io.patchbay.deviceplugin.dra;

import java.util.Optional;

/**
 * The cluster's API server, as far as claims need it. All of it may take seconds, and throws {@link
 * io.patchbay.base.Failure} when the server cannot be reached (UNAVAILABLE) or refuses.
 * Thread-safe.
 */
public interface Cluster extends AutoCloseable {
  /** A claim as it is now; empty when there is none of that name. */
  Optional<AllocatedClaim> find(String namespace, String name);

  /**
   * Makes what the cluster knows of a node's devices of a driver the same as this; when it already
   * is, nothing is written.
   */
  void publish(Pool pool);

  @Override
  void close();
}
