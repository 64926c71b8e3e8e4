package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What this node calls itself, and what it calls its VFs. Immutable.
 *
 * @param node as the cable map has it
 * @param resources tells the names that pods of this node can ask for now
 * @param settings tells how a VF is set while a connection has it
 * @param faulty tells whether something is wrong with a VF, such as a cable that is out
 */
record NodeOffer(
    String node,
    Supplier<SortedSet<ResourceName>> resources,
    Function<PciAddress, VfOptions> settings,
    Predicate<PciAddress> faulty) {
  /** One whose VFs are all well. */
  NodeOffer(
      String node,
      Supplier<SortedSet<ResourceName>> resources,
      Function<PciAddress, VfOptions> settings) {
    this(node, resources, settings, vf -> false);
  }

  static NodeOffer of(String node, SriovConfig config) {
    return new NodeOffer(node, config::names, vf -> VfOptions.NONE);
  }

  /** How a VF is to be set for the connection that takes it now. */
  VfOptions options(PciAddress vf) {
    return settings.apply(vf);
  }

  /** Whether something is wrong with it, as far as is known. */
  boolean isFaulty(PciAddress vf) {
    return faulty.test(vf);
  }

  /** Throws {@link Failure} of kind NOT_FOUND, with the names there are, for another one. */
  void requireKnown(String resource) {
    SortedSet<ResourceName> now = resources.get();
    if (now.stream().noneMatch(known -> known.toString().equals(resource))) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "no VF of " + node + " is called '" + resource + "'; there are " + now);
    }
  }
}
