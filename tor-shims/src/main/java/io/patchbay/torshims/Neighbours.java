package io.patchbay.torshims;

import io.patchbay.base.Time;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Which NICs the switches hear by LLDP and at which ports: whether the cables are where the cables
 * file has them. What proves nothing: a NIC that is silent; one that is heard in two places, for a
 * cable that was moved is heard at its old port until what was said there has expired (120 s as a
 * rule, IEEE 802.1AB clause 9.2.5.6); and one that is heard at another cable of its own node,
 * unless that one's NIC is elsewhere, too: the members of a bond all say the same. Safe for all
 * threads.
 */
final class Neighbours {
  /** What a switch has told is not believed for longer than neighbours are. */
  static final Duration OLD = Duration.ofMinutes(3);

  private final Cables cables;
  private final Time time;
  private final Map<String, Heard> heard = new ConcurrentHashMap<>();

  /** By port the MAC addresses, and when they were told. */
  private record Heard(Map<String, Set<String>> byPort, long nanos) {}

  Neighbours(Cables cables, Time time) {
    this.cables = cables;
    this.time = time;
  }

  /** What a switch hears now, in place of what it heard before. */
  void heard(String switchName, Map<String, Set<String>> byPort) {
    heard.put(switchName, new Heard(Map.copyOf(byPort), time.nanos()));
  }

  /**
   * What speaks against the cable that the cables file has at a port, naming both ends; empty when
   * nothing does.
   */
  Optional<String> contradiction(String switchName, String port) {
    return cables.at(switchName, port).flatMap(this::contradiction);
  }

  private Optional<String> contradiction(Cable cable) {
    return elsewhere(cable)
        .map(place -> "LLDP says " + place)
        .or(() -> stranger(cable).map(other -> "LLDP says that " + whose(other) + " is there"))
        .map(said -> "the cables file has " + whose(cable) + " at " + place(cable) + ", " + said);
  }

  /** Where the NIC of a cable is, if it is somewhere else. */
  private Optional<String> elsewhere(Cable cable) {
    return only(cable.pfMac())
        .filter(place -> !places(cable).contains(place))
        .filter(place -> !isBond(cable, place));
  }

  private boolean isBond(Cable cable, String place) {
    return cables.ends().stream()
        .filter(other -> places(other).contains(place) && other.node().equals(cable.node()))
        .anyMatch(other -> only(other.pfMac()).filter(its -> !its.equals(place)).isEmpty());
  }

  /** Whose NIC of another node is at a cable's port, while that cable's own is not. */
  private Optional<Cable> stranger(Cable cable) {
    Map<String, Set<String>> all = all();
    Set<String> here =
        places(cable).stream()
            .flatMap(place -> all.getOrDefault(place, Set.of()).stream())
            .collect(Collectors.toCollection(TreeSet::new));
    return here.contains(cable.pfMac())
        ? Optional.empty()
        : here.stream()
            .filter(mac -> only(mac).isPresent())
            .flatMap(mac -> cables.of(mac).stream())
            .filter(other -> !other.node().equals(cable.node()))
            .findFirst();
  }

  /** Where a MAC address is heard, if in one place only. */
  private Optional<String> only(String mac) {
    List<String> places =
        all().entrySet().stream()
            .filter(place -> place.getValue().contains(mac))
            .map(Map.Entry::getKey)
            .toList();
    return places.size() == 1 ? Optional.of(places.getFirst()) : Optional.empty();
  }

  /** What is heard at each place, as far as it still counts. */
  private Map<String, Set<String>> all() {
    Map<String, Set<String>> all = new TreeMap<>();
    heard.forEach((name, told) -> {
      if (time.nanos() - told.nanos() < OLD.toNanos()) {
        told.byPort().forEach((port, macs) -> all.put(name + " " + port, macs));
      }
    });
    return all;
  }

  private static List<String> places(Cable cable) {
    return cable.plugs().stream().map(port -> cable.switchName() + " " + port).toList();
  }

  private static String place(Cable cable) {
    return cable.switchName() + " " + cable.port();
  }

  private static String whose(Cable cable) {
    return cable.pfMac() + " of node " + cable.node();
  }
}
