package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What this node calls itself, and what it calls its VFs. Immutable.
 *
 * @param node as the cable map has it
 * @param resources the names that pods of this node can ask for
 */
record NodeOffer(String node, SortedSet<ResourceName> resources) {
  static NodeOffer of(String node, SriovConfig config) {
    SortedSet<ResourceName> resources = new TreeSet<>();
    config.physicalFunctions().values().forEach(entry -> resources.addAll(entry.names()));
    return new NodeOffer(node, resources);
  }

  /** Throws {@link Failure} of kind NOT_FOUND, with the names there are, for another one. */
  void requireKnown(String resource) {
    if (resources.stream().noneMatch(known -> known.toString().equals(resource))) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "no VF of " + node + " is called '" + resource + "'; there are " + resources);
    }
  }
}
