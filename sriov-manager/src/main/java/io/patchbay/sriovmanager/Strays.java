package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has become of claimed VFs that none of our PFs was found to have: their PF may have left the
 * config, or cannot be read now, while pods use them. Thread-safe.
 */
final class Strays {
  private static final Logger log = LoggerFactory.getLogger(Strays.class);

  /** Nobody waits: a VF of a NIC that hangs holds up no other. */
  static final Executor ASIDE = task -> Thread.ofVirtual().name("stray").start(task);

  private final Hardware hardware;
  private final Runnable changed;
  private final Map<PciAddress, Optional<Inventory.Stray>> known = new ConcurrentHashMap<>();
  private final Set<PciAddress> underWay = ConcurrentHashMap.newKeySet();

  /**
   * @param changed told when something else is known of one
   */
  Strays(Hardware hardware, Runnable changed) {
    this.hardware = hardware;
    this.changed = changed;
  }

  /** Looks at these, unless somebody is just doing that, and forgets all others. */
  void look(Set<PciAddress> vfs, Executor threads) {
    known.keySet().retainAll(vfs);
    for (PciAddress vf : vfs) {
      if (underWay.add(vf)) {
        threads.execute(() -> look(vf));
      }
    }
  }

  private void look(PciAddress vf) {
    Optional<Inventory.Stray> before = known.get(vf);
    try {
      known.put(vf, hardware.stray(vf));
    } catch (RuntimeException e) { // whatever it is: the next look may find it gone
      log.debug("{} cannot be looked at: {}", vf, Failure.text(e));
      known.remove(vf);
    } finally {
      underWay.remove(vf);
    }
    if (!Objects.equals(before, known.get(vf))) {
      changed.run();
    }
  }

  /** What the last looks found. */
  Inventory.Others known() {
    Map<PciAddress, Inventory.Stray> there = new HashMap<>();
    Set<PciAddress> gone = new HashSet<>();
    known.forEach(
        (vf, stray) -> stray.ifPresentOrElse(found -> there.put(vf, found), () -> gone.add(vf)));
    return new Inventory.Others(there, gone);
  }
}
