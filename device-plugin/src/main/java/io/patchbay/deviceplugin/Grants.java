package io.patchbay.deviceplugin;

import io.patchbay.api.vf.Grant;
import java.util.List;

/** Where VFs are reserved: sriov-manager. Thread-safe. */
@FunctionalInterface
interface Grants {
  /**
   * Reserves VFs for one container: all or none, durable when it returns, the same answer for the
   * same ids. Throws a {@link io.patchbay.base.Failure} that says why not.
   */
  List<Grant> reserve(String resource, List<String> ids);
}
