package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the VLANs away that were made on a switch and that no port is to carry any more. One that
 * the switch will not let go keeps no other, and is left alone for a while. Called by the switch's
 * writer only.
 */
final class UnneededVlans {
  private static final Duration LEFT_ALONE = Duration.ofHours(1);
  private static final Logger log = LoggerFactory.getLogger(UnneededVlans.class);

  private final String name;
  private final SwitchDriver driver;
  private final Ours ours;
  private final Time time;

  /** Until when; at most as many as the pool has. */
  private final Map<Integer, Instant> leftAlone = new HashMap<>();

  UnneededVlans(String name, SwitchDriver driver, Ours ours, Time time) {
    this.name = name;
    this.driver = driver;
    this.ours = ours;
    this.time = time;
  }

  /**
   * Not while it is not known what is on a port. Then has the switch tell what is left there of
   * network instances, where somebody has to know. Throws {@link Failure} where the switch cannot
   * be asked.
   */
  void remove(PortIntent intent) {
    if (!driver.makesVlans()) {
      return;
    }
    leftAlone.values().removeIf(time.now()::isAfter);
    Set<Integer> unneeded = new TreeSet<>(ours.vlans());
    unneeded.removeAll(intent.vlans());
    unneeded.removeAll(leftAlone.keySet());
    try {
      driver.removeVlans(unneeded);
    } catch (Failure e) {
      if (!Repair.blamesOne(e)) {
        throw e;
      }
      Set.copyOf(driver.madeVlans(unneeded).keySet()).forEach(this::removeAlone);
    }
    ours.news().askForVnis(driver);
  }

  private void removeAlone(int vlan) {
    try {
      driver.removeVlans(Set.of(vlan));
    } catch (Failure e) {
      if (!Repair.blamesOne(e)) {
        throw e;
      }
      log.warn(
          "{}: VLAN {} is needed no more and stays, for an hour at least: {}",
          name,
          vlan,
          Failure.text(e));
      leftAlone.put(vlan, time.now().plus(LEFT_ALONE));
    }
  }
}
