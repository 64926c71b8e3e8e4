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
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds on one switch, after the disk was lost, the ports that were owned, and the VLANs on them;
 * or only these, where it is just forgotten who has them. Called by the switch's writer only.
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
    Set<PortClaim> heirs = new LinkedHashSet<>(adoptOrphans(formers.ports(), until));
    if (!formers.areLost()) {
      return heirs;
    }
    if (driver.makesVlans()) {
      ours.news().names(driver.madeVlans(ours.vlans()));
      ours.news().askForVnis(driver);
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
   * Where nobody knows any more who has what of the ports that are owned, returns the heirs on
   * them, as {@link #adopt} does: at the first call, and later those on the ports asked for that
   * the switch did not show before.
   */
  Set<PortClaim> adoptOrphans(Set<String> ports, Instant until) {
    Set<PortClaim> heirs = new LinkedHashSet<>();
    boolean all = formers.areOrphaned();
    if (!all && formers.unseen().isEmpty()) {
      return heirs;
    }
    Set<String> owned = formers.ports();
    owned.removeIf(port -> !PortItem.isVlans(port));
    Set<String> asked = new TreeSet<>(all ? owned : formers.unseen());
    asked.retainAll(owned);
    asked.retainAll(all ? owned : ports);
    Map<String, PortReading> seen = asked.isEmpty() ? Map.of() : readable(asked);
    seen.forEach((port, reading) -> heirs.addAll(carried(port, reading)));
    if (!seen.isEmpty()) {
      log.info("{}: owned, and without a client that is known: {}", name, heirs);
      formers.inherit(heirs, until);
    }
    Set<String> unseen = new TreeSet<>(all ? owned : formers.unseen());
    unseen.retainAll(owned);
    unseen.removeAll(seen.keySet());
    formers.adopted(unseen);
    return heirs;
  }

  /**
   * Throws {@link Failure} of kind NOT_FOUND for a port that {@link #adoptOrphans} has not seen:
   * whatever is written to it might cut off somebody.
   */
  void requireSeen(Set<String> items) {
    Set<String> unseen = items.stream().map(PortItem::port).collect(Collectors.toSet());
    unseen.retainAll(formers.unseen());
    if (!unseen.isEmpty()) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "%s does not show ports %s, and nobody knows yet who is on them".formatted(name, unseen));
    }
  }

  /** The VLANs of an owned port that are ours; none if it was never written, or put back. */
  private Set<PortClaim> carried(String port, PortReading reading) {
    boolean asBefore = formers.find(port).filter(reading::is).isPresent();
    return reading.meaning() instanceof Trunk trunk && !asBefore
        ? claims(port, trunk.vlans().stream().filter(ours.vlans()::contains))
        : Set.of();
  }

  private Set<PortClaim> claims(String port, Stream<Integer> vlans) {
    return vlans
        .map(vlan -> new PortClaim(name, port, vlan))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * Those of the cabled ports that the switch has and shows. Throws {@link Failure} of kind
   * NOT_FOUND where it has none of them: then it is rather another switch, or not the whole of one;
   * or what it says where it shows none.
   */
  private Map<String, PortReading> present(Set<String> cabled) {
    Map<String, PortReading> present = readable(cabled);
    if (present.isEmpty()) {
      return driver.read(cabled);
    }
    return present;
  }

  /** Those of the ports that the switch has and shows. */
  private Map<String, PortReading> readable(Set<String> all) {
    try {
      return driver.read(all);
    } catch (Failure e) {
      if (!isOfOnePort(e)) {
        throw e;
      }
      Map<String, PortReading> readable = new TreeMap<>();
      all.forEach(port -> find(port).ifPresent(reading -> readable.put(port, reading)));
      return readable;
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
        ? claims(port, trunk.vlans().stream())
        : Set.of();
  }

  /** Owns a port for its heirs, if it has any: them first, for a crash must not cut them off. */
  Set<PortClaim> inherit(String port, PortReading reading, Instant until) {
    Set<PortClaim> heirs = leftBehind(port, reading);
    if (!heirs.isEmpty()) {
      log.warn("{}: port {} has our VLANs but is not on disk: {}", name, port, heirs);
      formers.inherit(heirs, until);
      formers.park(port, ours.nativeVlans().getOrDefault(port, ours.parkingVlan()));
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
