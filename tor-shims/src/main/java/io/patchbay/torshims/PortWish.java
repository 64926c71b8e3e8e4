package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortItem.Aspect;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a service wants of the ports that carry it, besides its VLAN, and what becomes of a port
 * that several services want something of. A value; pure.
 *
 * @param service whose wish it is; empty when nobody knows, as of a client whom the disk has
 *     forgotten: then nothing is wished
 * @param capability for which of its VFs; empty when that is not known
 */
record PortWish(String service, String capability, FabricService.Port port) {
  /** Of nobody, and nothing. */
  static final PortWish NONE = new PortWish("", FabricService.Port.NONE);

  /** Whatever its VFs were asked for as. */
  PortWish(String service, FabricService.Port port) {
    this(service, "", port);
  }

  /** What is wished for a VF that was asked for as that resource. */
  PortWish of(String known) {
    return new PortWish(service, known, port.of(known));
  }

  /** Whose word counts, where they differ. */
  private static final Comparator<PortWish> FIRST =
      Comparator.comparing(PortWish::service)
          .thenComparing(wish -> wish.capability.isEmpty())
          .thenComparing(PortWish::capability);

  private static final String TAG = "patchbay: ";

  /** Switches cut descriptions off, or refuse them, from about 200 characters on. */
  private static final int TAG_MOST = 120;

  /**
   * What one aspect of a port should be by all wishes of those who are on it; empty when none of
   * them says, so that it is none of the shim's business. Who is let on a port wants the same bound
   * as the others there; where the file has changed since, the service counts whose name sorts
   * first of those that want something bound, and of one service the VFs of which is known what
   * they were asked for as; what these leave alone and others of it want is bound all the same, for
   * nobody is to lose a rate by who comes.
   */
  static Optional<PortConfig> merged(Aspect aspect, Collection<PortWish> wishes) {
    return switch (aspect) {
      case VLANS -> Optional.empty(); // of which a wish says nothing
      case MTU ->
          wishes.stream()
              .map(wish -> requireNonNullElse(wish.port.mtu(), 0))
              .filter(mtu -> mtu > 0)
              .max(Integer::compare)
              .map(mtu -> new Leaf(mtu.toString()));
      case DESCRIPTION ->
          wishes.stream().anyMatch(wish -> wish.port.description())
              ? Optional.of(new Leaf(tag(wishes)))
              : Optional.empty();
      case ACL_IN, ACL_OUT, QOS_IN, QOS_OUT ->
          wishes.stream()
              .sorted(FIRST)
              .flatMap(wish -> wish.port.bound(aspect).stream())
              .findFirst();
    };
  }

  /** All that are on the port, in an order that stays; those that do not fit are counted. */
  private static String tag(Collection<PortWish> wishes) {
    SortedSet<String> services =
        wishes.stream()
            .map(PortWish::service)
            .filter(service -> !service.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    StringBuilder tag = new StringBuilder(TAG);
    int left = services.size();
    for (String service : services) {
      String name = left == services.size() ? service : ", " + service;
      if (tag.length() + name.length() > TAG_MOST) {
        break;
      }
      tag.append(name);
      left--;
    }
    String more = left == services.size() ? left + " services" : ", " + left + " more";
    return left == 0 ? tag.toString() : tag + more;
  }
}
