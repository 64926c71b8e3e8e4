package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Trunk;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes ports of one switch what an intent says: owns a port by remembering what it was before its
 * first change, gives it back when nobody claims it any more. Called by the switch's writer only.
 */
final class SwitchPorts {
  private static final Logger log = LoggerFactory.getLogger(SwitchPorts.class);

  private final String name;
  private final SwitchDriver driver;
  private final FormerPorts formers;
  private final PoolVlans pool;

  /**
   * What of the fabric tells a port of our own that the disk knows nothing of.
   *
   * @param vlans all that services may have
   * @param parkingVlan where such a port goes in the end
   */
  record PoolVlans(Set<Integer> vlans, int parkingVlan) {
    PoolVlans {
      vlans = Set.copyOf(vlans);
    }
  }

  SwitchPorts(String name, SwitchDriver driver, FormerPorts formers, PoolVlans pool) {
    this.name = name;
    this.driver = driver;
    this.formers = formers;
    this.pool = pool;
  }

  /** Has a task run whenever the connection to the switch has ended. */
  void watch(Runnable lost) {
    driver.watch(lost);
  }

  /** The ports that were changed and not put back yet. */
  Set<String> owned() {
    return formers.ports();
  }

  /**
   * Owns those of the ports that the intent claims and that are not owned yet. Returns what must be
   * kept on them although nobody claims it: the VLANs of a port that is ours by all signs, while
   * the disk has forgotten it; the clients of those VLANs will tell.
   */
  Map<String, Trunk> own(PortIntent intent, Set<String> ports) {
    Set<String> fresh =
        ports.stream()
            .filter(port -> intent.wanted(port).isPresent() && formers.find(port).isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    Map<String, Trunk> forgotten = new TreeMap<>();
    if (fresh.isEmpty()) {
      return forgotten;
    }
    driver
        .read(fresh)
        .forEach((port, reading) -> {
          if (reading.meaning() instanceof Trunk trunk && isOurs(trunk)) {
            log.warn("{}: port {} has our VLANs but is not on disk: {}", name, port, trunk);
            formers.park(port, pool.parkingVlan());
            forgotten.put(port, trunk);
          } else {
            formers.keep(port, reading.raw());
          }
        });
    return forgotten;
  }

  /** Whether only this shim would have written that: nothing but VLANs of the fabric's services. */
  private boolean isOurs(Trunk trunk) {
    return trunk.nativeVlan().isEmpty() && pool.vlans().containsAll(trunk.vlans());
  }

  /**
   * Makes the ports as the intent says, all or none; those without a claim as they were before.
   * Throws {@link Failure} of kind INTERNAL for a port that is claimed but not owned: nobody could
   * ever put it back.
   */
  void settle(PortIntent intent, Set<String> ports, Duration patience) {
    Map<String, PortConfig> wanted = new TreeMap<>();
    for (String port : ports) {
      Optional<PortConfig> former = formers.find(port);
      Optional<Trunk> claimed = intent.wanted(port);
      if (claimed.isPresent() && former.isEmpty()) {
        throw new Failure(
            Failure.Kind.INTERNAL, name + ": port " + port + " would be changed without owning it");
      }
      claimed
          .map(trunk -> (PortConfig) trunk)
          .or(() -> former)
          .ifPresent(config -> wanted.put(port, config));
    }
    if (wanted.isEmpty()) {
      return;
    }
    driver.apply(wanted, patience);
    log.debug("{}: {}", name, wanted);
    ports.stream().filter(port -> intent.wanted(port).isEmpty()).forEach(formers::forget);
  }
}
