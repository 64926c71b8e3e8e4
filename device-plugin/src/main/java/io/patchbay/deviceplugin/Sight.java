package io.patchbay.deviceplugin;

import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.NUMANode;
import io.patchbay.api.deviceplugin.TopologyInfo;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunction;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the manager last told, and whether it has been gone for so long that nothing new can be
 * promised. Pure: what the kubelet is told follows from it.
 */
record Sight(Catalog catalog, boolean managerLost) {
  /** Nothing has been told yet. */
  static final Sight NONE = new Sight(Catalog.getDefaultInstance(), false);

  static final String HEALTHY = "Healthy";
  static final String UNHEALTHY = "Unhealthy";

  /** Every name that some VF goes by. */
  SortedSet<String> resourceNames() {
    SortedSet<String> names = new TreeSet<>();
    catalog.getFunctionsList().forEach(vf -> names.addAll(vf.getResourceNamesList()));
    return names;
  }

  /** The device ids that the kubelet was seen to have given to a container. */
  SortedSet<String> inContainers() {
    SortedSet<String> ids = new TreeSet<>();
    for (VirtualFunction vf : catalog.getFunctionsList()) {
      if (!vf.getOwner().getPodName().isEmpty()) {
        ids.add(vf.getPciAddress());
      }
    }
    return ids;
  }

  /** The VFs of one name by device id, which is the PCI address. */
  SortedMap<String, VirtualFunction> functions(String resource) {
    SortedMap<String, VirtualFunction> byId = new TreeMap<>();
    for (VirtualFunction vf : catalog.getFunctionsList()) {
      if (vf.getResourceNamesList().contains(resource)) {
        byId.put(vf.getPciAddress(), vf);
      }
    }
    return byId;
  }

  /** The complete device list of one name, in the order of ids. */
  List<Device> devices(String resource) {
    Set<String> taken = Vfio.takenGroups(catalog);
    return functions(resource).values().stream()
        .map(vf -> device(vf, healthy(vf, resource, taken) ? HEALTHY : UNHEALTHY))
        .toList();
  }

  private static Device device(VirtualFunction vf, String health) {
    Device.Builder device = Device.newBuilder().setID(vf.getPciAddress()).setHealth(health);
    if (vf.getNumaNode() >= 0) {
      NUMANode node = NUMANode.newBuilder().setID(vf.getNumaNode()).build();
      device.setTopology(TopologyInfo.newBuilder().addNodes(node));
    }
    return device.build();
  }

  /**
   * A VF that was granted under this name stays healthy whatever the bookkeeping says: its
   * container could not be restarted otherwise. Under its other names it is withdrawn, and so is
   * what is in its IOMMU group. A fault of the hardware is told of every VF: a pod's status shows
   * it, and nothing is evicted for it.
   */
  private boolean healthy(VirtualFunction vf, String resource, Set<String> takenGroups) {
    return switch (vf.getState()) {
      case FREE -> !managerLost && !(Vfio.isDriven(vf) && takenGroups.contains(vf.getIommuGroup()));
      case RESERVED, HELD ->
          vf.getOwner().getResourceName().equals(resource) && vf.getFault().isEmpty();
      case DRAINING, BROKEN, STATE_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }
}
