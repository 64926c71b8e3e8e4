package io.patchbay.torshims;

import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the ports of one switch were before this shim touched them, on disk. A port is here from
 * before its first change until it has been put back, so that what is here is what is owned. Called
 * by the switch's writer only.
 */
final class FormerPorts {
  /** The exact former text, or the access VLAN to park the port in where nobody knows. */
  private record Saved(String raw, int parkingVlan) {}

  private final Journal journal;
  private final String prefix;
  private final Map<String, PortConfig> ports = new TreeMap<>();

  FormerPorts(Journal journal, String switchName) {
    this.journal = journal;
    this.prefix = "former/" + switchName + "/";
    journal
        .entries()
        .forEach((key, value) -> {
          if (key.startsWith(prefix)) {
            ports.put(key.substring(prefix.length()), read(value));
          }
        });
  }

  private static PortConfig read(String json) {
    Saved saved = Json.read(json, Saved.class);
    return saved.parkingVlan() > 0 ? new Access(saved.parkingVlan()) : new Raw(saved.raw());
  }

  /** The ports that are owned. */
  Set<String> ports() {
    return new TreeSet<>(ports.keySet());
  }

  /** What to put a port back to; empty when it is not owned. */
  Optional<PortConfig> find(String port) {
    return Optional.ofNullable(ports.get(port));
  }

  /** Owns a port from now on; durable when it returns. */
  void keep(String port, Raw before) {
    own(port, before, new Saved(before.text(), 0));
  }

  /** Owns a port whose former configuration nobody knows any more. */
  void park(String port, int parkingVlan) {
    own(port, new Access(parkingVlan), new Saved("", parkingVlan));
  }

  private void own(String port, PortConfig before, Saved saved) {
    journal.put(prefix + port, Json.write(saved));
    ports.put(port, before);
  }

  /** The port is as it was, and no longer owned. */
  void forget(String port) {
    journal.remove(prefix + port);
    ports.remove(port);
  }
}
