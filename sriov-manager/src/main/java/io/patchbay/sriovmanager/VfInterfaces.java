package io.patchbay.sriovmanager;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.linux.Link;
import io.patchbay.linux.Links;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.Namespaces;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciFunction;
import io.patchbay.linux.PciSysfs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The interfaces of VFs: at home, on their way into a pod, and back. A VF is known by its PCI
 * address, never by a name, which udev or a pod may change. Every step may be done twice. Safe for
 * all threads.
 */
final class VfInterfaces {
  /** A dying namespace gives its devices back from a kernel worker, a little later. */
  private static final Duration RETURN = Duration.ofSeconds(5);

  private final PciSysfs sysfs;
  private final NetworkNamespace home;

  VfInterfaces(PciSysfs sysfs, NetworkNamespace home) {
    this.sysfs = sysfs;
    this.home = home;
  }

  /** The interface of a VF while it is at home; none while it is in a pod. */
  Optional<Link> atHome(PciAddress vf) {
    List<String> names = sysfs.find(vf).map(PciFunction::interfaces).orElse(List.of());
    return names.stream().findFirst().flatMap(name -> home.links().find(name));
  }

  /** The same, which must be there: else {@link Failure} CONFLICT. */
  Link requireAtHome(PciAddress vf) {
    return atHome(vf)
        .orElseThrow(() ->
            new Failure(
                Failure.Kind.CONFLICT,
                vf + " has no interface here: it has no network driver, or is in a pod"));
  }

  /**
   * Puts a VF into the client's namespace under the name it asked for, by one message; does nothing
   * if it is there. Throws {@link Failure}: CONFLICT when the name is taken there, NOT_FOUND when
   * the namespace is gone.
   */
  void attach(PciAddress vf, Hold hold, MacAddress mac) {
    try (NetworkNamespace pod = Namespaces.open(hold.namespace())) {
      Optional<Link> here = atHome(vf);
      if (here.isPresent()) {
        var unused = home.links().moveAndRename(here.get().index(), pod, hold.interfaceName());
      } else if (find(pod.links(), vf, mac).isEmpty()) {
        throw new Failure(
            Failure.Kind.CONFLICT, vf + " is neither at home nor in " + hold.namespace());
      }
    }
  }

  /**
   * Brings a VF's interface home and makes it as it was: from the pod's namespace, or, when that is
   * gone, from wherever the kernel puts it. Throws {@link Failure} of kind UNAVAILABLE when it does
   * not come.
   */
  void bringHome(PciAddress vf, Hold hold, MacAddress mac) {
    if (atHome(vf).isEmpty()) {
      fetch(vf, hold, mac);
    }
    if (!Await.comesTrue(RETURN, () -> atHome(vf).isPresent())) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          vf + " has not come home; does a process hold " + hold.namespace() + " open?");
    }
    restore(requireAtHome(vf), hold.home());
  }

  private void fetch(PciAddress vf, Hold hold, MacAddress mac) {
    try (NetworkNamespace pod = Namespaces.open(hold.namespace())) {
      Optional<Link> there = find(pod.links(), vf, mac);
      if (there.isPresent()) {
        var unused = pod.links().moveAndRename(there.get().index(), home, hold.home().name());
      }
    } catch (Failure gone) {
      if (gone.kind() != Failure.Kind.NOT_FOUND) {
        throw gone;
      }
    }
  }

  /** The kernel tells the PCI address of real ones; a simulated one is known by its MAC. */
  private static Optional<Link> find(Links links, PciAddress vf, MacAddress mac) {
    List<Link> all = links.list();
    return all.stream()
        .filter(link -> link.parentDevice().equals(Optional.of(vf.toString())))
        .findFirst()
        .or(() -> all.stream().filter(link -> link.mac().equals(mac)).findFirst());
  }

  private void restore(Link link, Home wanted) {
    Links links = home.links();
    if (link.up()) {
      links.down(link.index());
    }
    if (!link.name().equals(wanted.name())) {
      links.rename(link.index(), wanted.name());
    }
    if (!link.mac().toString().equals(wanted.mac())) {
      links.mac(link.index(), MacAddress.parse(wanted.mac()));
    }
    if (link.mtu() != wanted.mtu()) {
      links.mtu(link.index(), wanted.mtu());
    }
  }
}
