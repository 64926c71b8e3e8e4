package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds on one switch, after the disk was lost, the ports that were owned, and the VLANs on them.
 * Called by the switch's writer only.
 */
final class LostPorts {
  private static final Logger log = LoggerFactory.getLogger(LostPorts.class);

  private final String name;
  private final SwitchDriver driver;
  private final FormerPorts formers;
  private final Ours ours;

  /**
   * @param name the switch's
   */
  LostPorts(String name, SwitchDriver driver, FormerPorts formers, Ours ours) {
    this.name = name;
    this.driver = driver;
    this.formers = formers;
    this.ours = ours;
  }

  /**
   * After the disk was lost, owns the ports that are ours by all signs. Returns the heirs: what
   * must be kept on them until that time although nobody claims it; its clients will tell.
   */
  Set<PortClaim> adopt(Instant until) {
    Set<PortClaim> heirs = new LinkedHashSet<>();
    if (!formers.areLost()) {
      return heirs;
    }
    if (driver.makesVlans()) {
      ours.recovery().accept(driver.madeVlans(ours.vlans()));
    }
    Set<String> unknown = new TreeSet<>(ours.ports());
    unknown.removeAll(formers.ports());
    if (!unknown.isEmpty()) {
      present(unknown).forEach((port, reading) -> heirs.addAll(inherit(port, reading, until)));
    }
    formers.found();
    return heirs;
  }

  /**
   * Those of the cabled ports that the switch has and shows. Throws {@link Failure} of kind
   * NOT_FOUND where it has none of them: then it is rather another switch, or not the whole of one;
   * or what it says where it shows none.
   */
  private Map<String, PortReading> present(Set<String> cabled) {
    try {
      return driver.read(cabled);
    } catch (Failure e) {
      if (!isOfOnePort(e)) {
        throw e;
      }
      Map<String, PortReading> present = new TreeMap<>();
      cabled.forEach(port -> find(port).ifPresent(reading -> present.put(port, reading)));
      if (present.isEmpty()) {
        throw e;
      }
      return present;
    }
  }

  /** A port that is not there has nothing of ours, nor has one that the shim may not even read. */
  private Optional<PortReading> find(String port) {
    try {
      return Optional.ofNullable(driver.read(Set.of(port)).get(port));
    } catch (Failure e) {
      if (!isOfOnePort(e)) {
        throw e;
      }
      log.warn(
          "{}: port {} of the files is not there, or not to be read; mend the cables file, or what"
              + " the switch permits: {}",
          name,
          port,
          Failure.text(e));
      return Optional.empty();
    }
  }

  private static boolean isOfOnePort(Failure failure) {
    return failure.kind() == Failure.Kind.NOT_FOUND || NotPermitted.isBehind(failure);
  }

  /** What a process that the disk has forgotten left on a port. */
  private Set<PortClaim> leftBehind(String port, PortReading reading) {
    return reading.meaning() instanceof Trunk trunk && isOurs(port, trunk)
        ? trunk.vlans().stream()
            .map(vlan -> new PortClaim(name, port, vlan))
            .collect(Collectors.toCollection(LinkedHashSet::new))
        : Set.of();
  }

  /** Owns a port for its heirs, if it has any: them first, for a crash must not cut them off. */
  Set<PortClaim> inherit(String port, PortReading reading, Instant until) {
    Set<PortClaim> heirs = leftBehind(port, reading);
    if (!heirs.isEmpty()) {
      log.warn("{}: port {} has our VLANs but is not on disk: {}", name, port, heirs);
      heirs.forEach(heir -> formers.inherit(heir, until));
      formers.park(port, ours.parkingVlan());
    }
    return heirs;
  }

  /**
   * Whether only this shim would have written that: nothing but VLANs of the fabric's services, and
   * without a tag none, or the cable's.
   */
  private boolean isOurs(String port, Trunk trunk) {
    Integer known = ours.nativeVlans().get(port);
    OptionalInt untagged = trunk.nativeVlan();
    return (untagged.isEmpty() || (known != null && untagged.getAsInt() == known))
        && ours.vlans().containsAll(trunk.vlans());
  }
}
