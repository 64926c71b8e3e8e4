package io.patchbay.torshims;

import io.patchbay.torshims.PortConfig.Raw;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a driver was last to make of ports, so that it can tell a change by somebody else when its
 * switch speaks of one. Safe for all threads.
 */
public final class WantedPorts {
  private final Map<String, PortConfig> wanted = new ConcurrentHashMap<>();

  /** No port. */
  public WantedPorts() {}

  /** They are to be so now. One that is put back to what was read there is nobody's any more. */
  public void put(Map<String, PortConfig> now) {
    now.forEach((key, config) -> {
      if (config instanceof Raw) {
        wanted.remove(key);
      } else {
        wanted.put(key, config);
      }
    });
  }

  /** The keys of their items, see {@link PortItem}. */
  public Set<String> keys() {
    return Set.copyOf(wanted.keySet());
  }

  /** Whether an item of a port of that name is among them. */
  public boolean has(String port) {
    return wanted.keySet().stream().anyMatch(key -> PortItem.port(key).equals(port));
  }

  /** What an item is to be. */
  public Optional<PortConfig> find(String key) {
    return Optional.ofNullable(wanted.get(key));
  }
}
