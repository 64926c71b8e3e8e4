package io.patchbay.deviceplugin.dra;

import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAttribute;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourcePool;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A pool as the API server has it. Pure. */
final class SliceTexts {
  private SliceTexts() {}

  /** The newest generation of these slices; 0 for none. */
  static long generation(List<ResourceSlice> slices) {
    return slices.stream()
        .mapToLong(slice -> slice.getSpec().getPool().getGeneration())
        .max()
        .orElse(0);
  }

  /**
   * A new generation of a pool: it can be used once all of its slices are there.
   *
   * @param nodeUid the slices go with the node
   */
  static List<ResourceSlice> of(Pool pool, long generation, String nodeUid) {
    return IntStream.range(0, pool.slices().size())
        .mapToObj(number -> slice(pool, number, generation, nodeUid))
        .toList();
  }

  private static ResourceSlice slice(Pool pool, int number, long generation, String nodeUid) {
    return new ResourceSliceBuilder()
        .withNewMetadata()
        .withName(name(pool, number))
        .addNewOwnerReference()
        .withApiVersion("v1")
        .withKind("Node")
        .withName(pool.node())
        .withUid(nodeUid)
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withDriver(pool.driver())
        .withNodeName(pool.node())
        .withNewPool()
        .withName(pool.node())
        .withGeneration(generation)
        .withResourceSliceCount((long) pool.slices().size())
        .endPool()
        .withDevices(devices(pool, number))
        .endSpec()
        .build();
  }

  /** The node's name has 253 characters at most, as the whole has. */
  static String name(Pool pool, int number) {
    String rest = "-" + pool.driver() + "-" + number;
    String node = pool.node();
    return node.substring(0, Math.min(node.length(), 253 - rest.length())) + rest;
  }

  private static List<Device> devices(Pool pool, int number) {
    return pool.slices().get(number).stream()
        .map(offer ->
            new DeviceBuilder()
                .withName(offer.name())
                .withAttributes(
                    offer.attributes().entrySet().stream()
                        .collect(
                            Collectors.toMap(
                                Map.Entry::getKey,
                                each -> attribute(each.getValue()),
                                (one, other) -> one,
                                TreeMap::new)))
                .build())
        .toList();
  }

  private static DeviceAttribute attribute(Object value) {
    DeviceAttribute attribute = new DeviceAttribute();
    switch (value) {
      case Boolean is -> attribute.setBool(is);
      case Long number -> attribute.setInt(number);
      default -> attribute.setString(value.toString());
    }
    return attribute;
  }

  /** Whether these, in the order of their numbers, are all of the pool as wanted. */
  static boolean same(Pool pool, List<ResourceSlice> there) {
    long generation = generation(there);
    return there.size() == pool.slices().size()
        && IntStream.range(0, there.size())
            .allMatch(number -> same(pool, number, generation, there.get(number)));
  }

  private static boolean same(Pool pool, int number, long generation, ResourceSlice slice) {
    ResourcePool told = slice.getSpec().getPool();
    return told.getGeneration() == generation
        && told.getResourceSliceCount() == pool.slices().size()
        && Objects.equals(slice.getSpec().getDevices(), devices(pool, number));
  }
}
