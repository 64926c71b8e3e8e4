package io.patchbay.deviceplugin;

import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.VirtualFunction;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the manager last told, and whether it has been gone for so long that nothing new can be
 * promised. Pure: what the kubelet is told follows from it.
 */
record Sight(Functions known, boolean managerLost) {
  /** Nothing has been told yet. */
  static final Sight NONE = new Sight(Functions.NONE, false);

  static final String HEALTHY = "Healthy";
  static final String UNHEALTHY = "Unhealthy";

  /** What a whole catalog tells. */
  Sight(Catalog catalog, boolean managerLost) {
    this(Functions.NONE.after(catalog), managerLost);
  }

  /** Every name that some VF goes by. */
  Set<String> resourceNames() {
    return known.names();
  }

  /** The device ids that the kubelet's device manager was seen to have given to a container. */
  SortedSet<String> inContainers() {
    SortedSet<String> ids = new TreeSet<>();
    for (VirtualFunction vf : known.all()) {
      Owner owner = vf.getOwner();
      if (!owner.getPodName().isEmpty() && owner.getResourceClaim().isEmpty()) {
        ids.add(vf.getPciAddress());
      }
    }
    return ids;
  }

  /** The VFs of one name by device id, which is the PCI address. */
  SortedMap<String, VirtualFunction> functions(String resource) {
    return known.functions(resource);
  }

  /** The complete device list of one name, in the order of ids. */
  List<Device> devices(String resource) {
    return functions(resource).values().stream()
        .map(vf -> known.device(vf, healthy(vf, resource)))
        .toList();
  }

  /**
   * The VFs that a resource claim could have, and those that claims have, whatever is wrong with
   * them. None that a container has without a claim.
   */
  List<VirtualFunction> claimable() {
    return known.all().stream()
        .filter(vf ->
            switch (vf.getState()) {
              case FREE -> vf.getFault().isEmpty() && !known.isReachable(vf);
              case RESERVED, HELD -> !vf.getOwner().getResourceClaim().isEmpty();
              case DRAINING, BROKEN, STATE_UNSPECIFIED, UNRECOGNIZED -> false;
            })
        .toList();
  }

  /**
   * A VF that was granted under this name stays healthy whatever the bookkeeping says: its
   * container could not be restarted otherwise. Under its other names it is withdrawn, and so is
   * what is in its IOMMU group; one that was granted to a resource claim is so under every name. A
   * fault of the hardware is told of every VF: a pod's status shows it, and nothing is evicted for
   * it.
   */
  private boolean healthy(VirtualFunction vf, String resource) {
    return switch (vf.getState()) {
      case FREE -> !managerLost && !known.isReachable(vf);
      case RESERVED, HELD ->
          vf.getOwner().getResourceName().equals(resource)
              && vf.getOwner().getResourceClaim().isEmpty()
              && vf.getFault().isEmpty();
      case DRAINING, BROKEN, STATE_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }
}
