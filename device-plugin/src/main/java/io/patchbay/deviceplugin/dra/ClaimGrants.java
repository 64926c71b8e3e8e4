package io.patchbay.deviceplugin.dra;

import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.ReserveRequest;
import java.util.List;

/**
 * Where VFs are reserved for claims: sriov-manager. Throws {@link io.patchbay.base.Failure} that
 * says why not. Thread-safe.
 */
public interface ClaimGrants {
  /** Reserves for a claim: all or none, durable when it returns, the same answer again. */
  List<Grant> reserve(ReserveRequest request);

  /**
   * Lets go of whatever is reserved for a claim; of nothing if nothing is.
   *
   * @param claim namespace/name/uid
   */
  void release(String claim);
}
