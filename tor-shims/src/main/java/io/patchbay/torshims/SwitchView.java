package io.patchbay.torshims;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a switch's writer knows of its switch, for those who look.
 *
 * @param waiting changes that wait for their turn
 * @param unread whether the switch has not told yet which of its ports are ours
 */
record SwitchView(
    String name, int waiting, boolean unread, List<Port> ports, SwitchAccount.Numbers numbers) {
  /**
   * One port.
   *
   * @param unsettled why it may not be as it is wanted
   * @param link "up", "down", or "failed" if it had one; empty where the switch does not tell
   */
  record Port(
      String name,
      String wanted,
      String former,
      Optional<String> unsettled,
      String link,
      List<Claimed> claims) {}

  /** One connection's claim. */
  record Claimed(String connection, int vlan, Instant since) {}

  SwitchView {
    ports = List.copyOf(ports);
  }

  /**
   * As it is known now.
   *
   * @param doubts which items may not be as they should be
   */
  static SwitchView of(Repair.Site site, PortLinks links, Doubts doubts, int waiting) {
    PortIntent now = site.claims().intent();
    SwitchPorts ports = site.ports();
    Set<String> items = ports.owned();
    items.addAll(now.wanted().keySet());
    items.addAll(links.failed());
    List<Port> all =
        items.stream()
            .map(item ->
                new Port(
                    item,
                    ports.wanted(now, item).map(Object::toString).orElse(""),
                    ports.former(item).map(Object::toString).orElse(""),
                    doubts.why(item),
                    links.word(PortItem.port(item)),
                    site.claims().of(now, item)))
            .toList();
    return new SwitchView(site.name(), waiting, ports.areLost(), all, site.account().numbers());
  }

  /** Who claims what of a port. */
  static List<Claimed> claims(PortIntent intent, String port, Map<String, Instant> since) {
    return intent.claims().entrySet().stream()
        .filter(claim -> claim.getValue().port().equals(port))
        .map(claim ->
            new Claimed(
                claim.getKey(),
                claim.getValue().vlan(),
                since.getOrDefault(claim.getKey(), Instant.EPOCH)))
        .toList();
  }
}
