package io.patchbay.sriovmanager;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.linux.Link;
import io.patchbay.linux.Links;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.Namespaces;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciSysfs;
import io.patchbay.linux.sys.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The interfaces of VFs: at home, on their way into a pod, and back. A VF is known by its PCI
 * address, never by a name, which udev or a pod may change. Every step may be done twice. Safe for
 * all threads.
 */
final class VfInterfaces {
  private static final Logger log = LoggerFactory.getLogger(VfInterfaces.class);

  /** Some drivers make it only after they have come to terms with the PF. */
  private static final Duration APPEARANCE = Duration.ofSeconds(10);

  /** A dying namespace gives its devices back from a kernel worker, a little later. */
  private static final Duration RETURN = Duration.ofSeconds(5);

  /** How namespaces are named on the wire (contracts/nsm.md section 2.3). */
  private static final String INODE = "inode://";

  private final PciSysfs sysfs;
  private final NetworkNamespace home;
  private final Duration patience;

  VfInterfaces(PciSysfs sysfs, NetworkNamespace home) {
    this(sysfs, home, RETURN);
  }

  /** With another patience for what does not come home. */
  VfInterfaces(PciSysfs sysfs, NetworkNamespace home, Duration patience) {
    this.sysfs = sysfs;
    this.home = home;
    this.patience = patience;
  }

  /** The interface of a VF while it is at home; none while it is in a pod. */
  Optional<Link> atHome(PciAddress vf) {
    return sysfs.interfaces(vf).stream().findFirst().flatMap(name -> home.links().find(name));
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
   * Opens a client's namespace, as its URL came over the wire. Throws {@link Failure}: NOT_FOUND
   * when it is gone, INVALID for another URL than {@code inode://}, DENIED for this node's own.
   */
  NetworkNamespace open(String client) {
    if (!client.startsWith(INODE)) {
      throw new Failure(
          Failure.Kind.INVALID,
          "'" + client + "' names no client's namespace; write inode://dev/ino");
    }
    NetworkNamespace found = Namespaces.open(client);
    if (!found.sameAs(home)) {
      return found;
    }
    found.close();
    throw new Failure(
        Failure.Kind.DENIED, client + " is this node's own namespace: a VF is lent to pods only");
  }

  /**
   * Puts a VF into the client's namespace under the name it asked for, by one message; does nothing
   * if it is there. Throws {@link Failure}: CONFLICT when the name is taken there, else as {@link
   * #open} does.
   *
   * @param here what it looks like at home, if it is there
   * @return by what it is found there again
   */
  Hold.Seat attach(PciAddress vf, Hold hold, Optional<Hold.Seat> here) {
    try (NetworkNamespace pod = open(hold.namespace())) {
      Link there =
          here.isPresent()
              ? home.links().moveAndRename(here.get().index(), pod, hold.interfaceName())
              : find(pod.links(), vf, hold.seat(), Hardware.lentMac(vf, hold.home()))
                  .orElseThrow(() ->
                      new Failure(
                          Failure.Kind.CONFLICT,
                          vf + " is neither at home nor in " + hold.namespace()));
      return Hold.Seat.of(there);
    }
  }

  /**
   * Brings a VF's interface home: from the pod's namespace, whatever it is called there by now, or,
   * when that is gone, from wherever the kernel puts it. Throws {@link Failure} of kind UNAVAILABLE
   * when it does not come.
   */
  void bringHome(PciAddress vf, Hold hold, MacAddress mac) {
    if (atHome(vf).isEmpty()) {
      fetch(vf, hold, mac);
    }
    if (!Await.comesTrue(patience, () -> atHome(vf).isPresent())) {
      String where = hold.outlived() ? "its pod's namespace" : hold.namespace();
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          vf + " has not come home; does a process hold " + where + " open?");
    }
  }

  private void fetch(PciAddress vf, Hold hold, MacAddress mac) {
    if (hold.outlived()) {
      return; // the namespace that has its number now is somebody else's
    }
    try (NetworkNamespace pod = open(hold.namespace())) {
      Optional<Link> there = find(pod.links(), vf, hold.seat(), mac);
      if (there.isPresent()) {
        String name = freeName(vf, hold.home());
        var unused = pod.links().moveAndRename(there.get().index(), home, name);
      }
    } catch (Failure gone) {
      if (gone.kind() != Failure.Kind.NOT_FOUND) {
        throw gone;
      }
    }
  }

  /**
   * Waits for the interface of a VF that its driver has taken just now. One that got another name
   * than before gives that up at once: it may be what another VF is to be called again. Throws
   * {@link Failure} of kind TIMEOUT when none comes.
   */
  void settle(PciAddress vf, Home wanted) {
    Await.until(vf + " has an interface again", APPEARANCE, () -> atHome(vf).isPresent());
    try {
      Link link = requireAtHome(vf);
      if (!link.name().equals(wanted.name())) {
        home.links().rename(link.index(), freeName(vf, wanted));
      }
    } catch (Failure e) { // udev renames it, too
      log.debug("{} is not called {} yet: {}", vf, wanted.name(), Failure.text(e));
    }
  }

  /** What a VF is put back to: a new boot may have given its old name to another interface. */
  Home nameable(PciAddress vf, Hold hold) {
    Link here = requireAtHome(vf);
    boolean taken =
        home.links()
            .find(hold.home().name())
            .filter(other -> other.index() != here.index())
            .isPresent();
    return hold.outlived() && taken ? hold.home().named(here.name()) : hold.home();
  }

  /** Nobody leaves a VF in a pod because its old name is taken here by now. */
  private String freeName(PciAddress vf, Home wanted) {
    boolean free = home.links().find(wanted.name()).isEmpty();
    return free ? wanted.name() : "vf" + vf.toString().replaceAll("[:.]", "");
  }

  /**
   * The kernel tells the PCI address of real ones, since 5.14. Others are known by their seat; by
   * their MAC, which the pod may change, only where a crash left a seat that is not right.
   */
  private static Optional<Link> find(Links links, PciAddress vf, Hold.Seat seat, MacAddress mac) {
    List<Link> all = links.list();
    List<Link> unknown = all.stream().filter(link -> link.parentDevice().isEmpty()).toList();
    return all.stream()
        .filter(link -> link.parentDevice().equals(Optional.of(vf.toString())))
        .findFirst()
        .or(() -> unknown.stream().filter(seat::fits).findFirst())
        .or(() -> unknown.stream().filter(link -> link.mac().equals(mac)).findFirst());
  }

  /**
   * Sets the MTU of an interface that is at home, and looks whether that was done. Throws {@link
   * Failure} UNSUPPORTED for one that the NIC does not take.
   */
  void mtu(PciAddress vf, int wanted) {
    Link link = requireAtHome(vf);
    if (link.mtu() == wanted) {
      return;
    }
    try {
      home.links().mtu(link.index(), wanted);
    } catch (Failure e) {
      if (!Errno.EINVAL.isBehind(e)) {
        throw e;
      }
      throw new Failure(
          Failure.Kind.UNSUPPORTED,
          vf + " cannot have MTU " + wanted + ", which the config wants: " + Failure.text(e),
          e);
    }
    int now = requireAtHome(vf).mtu();
    if (now != wanted) {
      throw new Failure(
          Failure.Kind.INTERNAL, vf + " took MTU " + wanted + " but reads back as " + now);
    }
  }

  /** Makes an interface that is at home as it was. Throws {@link Failure} as the kernel refuses. */
  void restore(PciAddress vf, Home wanted) {
    Link link = requireAtHome(vf);
    Links links = home.links();
    if (link.up()) {
      links.down(link.index());
    }
    if (!link.mac().toString().equals(wanted.mac())) {
      links.mac(link.index(), MacAddress.parse(wanted.mac()));
    }
    if (link.mtu() != wanted.mtu()) {
      links.mtu(link.index(), wanted.mtu());
    }
    if (!link.name().equals(wanted.name())) {
      links.rename(link.index(), wanted.name());
    }
  }
}
