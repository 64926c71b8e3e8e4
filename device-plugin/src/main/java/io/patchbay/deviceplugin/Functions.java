package io.patchbay.deviceplugin;

import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.NUMANode;
import io.patchbay.api.deviceplugin.TopologyInfo;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunction;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The VFs that the manager has told of, by device id and by name. What follows from a VF alone is
 * made once and passed on to the successors that have it unchanged. Immutable.
 */
final class Functions {
  static final Functions NONE = new Functions(new TreeMap<>(), new TreeMap<>(), Map.of());

  private final SortedMap<String, VirtualFunction> byId;
  private final SortedMap<String, SortedMap<String, VirtualFunction>> byName;
  private final Map<String, Faces> faces;
  private final Set<String> takenGroups;

  /** What the kubelet can be told of a VF, under whatever name. */
  private record Faces(int numaNode, Device healthy, Device unhealthy) {
    static Faces of(VirtualFunction vf) {
      Device.Builder device = Device.newBuilder().setID(vf.getPciAddress());
      if (vf.getNumaNode() >= 0) {
        NUMANode node = NUMANode.newBuilder().setID(vf.getNumaNode()).build();
        device.setTopology(TopologyInfo.newBuilder().addNodes(node));
      }
      return new Faces(
          vf.getNumaNode(),
          device.setHealth(Sight.HEALTHY).build(),
          device.setHealth(Sight.UNHEALTHY).build());
    }
  }

  private Functions(
      SortedMap<String, VirtualFunction> byId,
      SortedMap<String, SortedMap<String, VirtualFunction>> byName,
      Map<String, Faces> faces) {
    this.byId = byId;
    this.byName = byName;
    this.faces = faces;
    this.takenGroups = Vfio.takenGroups(byId.values());
  }

  /** What there is after this has been told, too. */
  Functions after(Catalog told) {
    return told.getPartial()
        ? changed(told.getFunctionsList(), told.getGoneList())
        : NONE.changed(told.getFunctionsList(), List.of());
  }

  private Functions changed(List<VirtualFunction> changed, List<String> gone) {
    SortedMap<String, VirtualFunction> all = new TreeMap<>(byId);
    Map<String, Faces> seen = new HashMap<>(faces);
    Set<String> names = new HashSet<>();
    for (VirtualFunction vf : changed) {
      names.addAll(vf.getResourceNamesList());
      names.addAll(names(all.put(vf.getPciAddress(), vf)));
      Faces known = seen.get(vf.getPciAddress());
      if (known == null || known.numaNode != vf.getNumaNode()) {
        seen.put(vf.getPciAddress(), Faces.of(vf));
      }
    }
    for (String id : gone) {
      names.addAll(names(all.remove(id)));
      seen.remove(id);
    }
    SortedMap<String, SortedMap<String, VirtualFunction>> sorted = new TreeMap<>(byName);
    for (String name : names) {
      SortedMap<String, VirtualFunction> those = new TreeMap<>(functions(name));
      gone.forEach(those::remove);
      for (VirtualFunction vf : changed) {
        if (vf.getResourceNamesList().contains(name)) {
          those.put(vf.getPciAddress(), vf);
        } else {
          those.remove(vf.getPciAddress());
        }
      }
      sorted.put(name, Collections.unmodifiableSortedMap(those));
    }
    sorted.values().removeIf(SortedMap::isEmpty);
    return new Functions(all, sorted, seen);
  }

  private static List<String> names(@Nullable VirtualFunction vf) {
    return vf == null ? List.of() : vf.getResourceNamesList();
  }

  /** All of them, in the order of ids. */
  Collection<VirtualFunction> all() {
    return Collections.unmodifiableCollection(byId.values());
  }

  /** Every name that some VF goes by. */
  Set<String> names() {
    return Collections.unmodifiableSet(byName.keySet());
  }

  /** The VFs of one name by device id. */
  SortedMap<String, VirtualFunction> functions(String resource) {
    return byName.getOrDefault(resource, Collections.emptySortedMap());
  }

  /** Whether a container has something of the IOMMU group through which this VF would be driven. */
  boolean isReachable(VirtualFunction vf) {
    return Vfio.isDriven(vf) && takenGroups.contains(vf.getIommuGroup());
  }

  /** How the kubelet is told of one of these VFs. */
  Device device(VirtualFunction vf, boolean healthy) {
    Faces face = Objects.requireNonNull(faces.get(vf.getPciAddress()));
    return healthy ? face.healthy : face.unhealthy;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Functions functions && byId.equals(functions.byId);
  }

  @Override
  public int hashCode() {
    return byId.hashCode();
  }
}
