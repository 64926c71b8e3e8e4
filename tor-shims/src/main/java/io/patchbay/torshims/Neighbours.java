package io.patchbay.torshims;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Which NICs the switches hear by LLDP and at which ports: whether the cables are where the cables
 * file has them. A NIC that is silent proves nothing, nor does one that is heard in two places: the
 * ports of a bond say the same, and a cable that was moved is heard at its old port until what was
 * said there has expired (120 s as a rule, IEEE 802.1AB clause 9.2.5.6). Safe for all threads.
 */
final class Neighbours {
  private final Cables cables;

  /** By switch and port: the MAC addresses that were last heard. */
  private final Map<String, Map<String, Set<String>>> heard = new ConcurrentHashMap<>();

  Neighbours(Cables cables) {
    this.cables = cables;
  }

  /** What a switch hears now, in place of what it heard before. */
  void heard(String switchName, Map<String, Set<String>> byPort) {
    heard.put(switchName, Map.copyOf(byPort));
  }

  /**
   * What speaks against the cable that the cables file has at a port, naming both ends; empty when
   * nothing does.
   */
  Optional<String> contradiction(String switchName, String port) {
    return cables.at(switchName, port).flatMap(this::contradiction);
  }

  private Optional<String> contradiction(Cable cable) {
    Set<String> elsewhere = places(cable.pfMac());
    String place = place(cable.switchName(), cable.port());
    if (elsewhere.size() == 1 && !elsewhere.contains(place)) {
      return Optional.of(
          "the cables file has %s at %s, LLDP says %s"
              .formatted(whose(cable), place, elsewhere.iterator().next()));
    }
    return at(cable).stream()
        .filter(mac -> !elsewhere.contains(place) && places(mac).size() == 1)
        .flatMap(mac -> cables.of(mac).stream())
        .findFirst()
        .map(other ->
            "the cables file has %s at %s, LLDP says that %s is there"
                .formatted(whose(cable), place, whose(other)));
  }

  private Set<String> at(Cable cable) {
    return heard.getOrDefault(cable.switchName(), Map.of()).getOrDefault(cable.port(), Set.of());
  }

  /** Where a MAC address is heard. */
  private Set<String> places(String mac) {
    return heard.entrySet().stream()
        .flatMap(tor ->
            tor.getValue().entrySet().stream()
                .filter(port -> port.getValue().contains(mac))
                .map(port -> place(tor.getKey(), port.getKey())))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String place(String switchName, String port) {
    return Objects.requireNonNull(switchName) + " " + port;
  }

  private static String whose(Cable cable) {
    return cable.pfMac() + " of node " + cable.node();
  }
}
