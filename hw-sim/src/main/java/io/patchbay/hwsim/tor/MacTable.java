package io.patchbay.hwsim.tor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Time;
import io.patchbay.linux.MacAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which station was last seen on which port, per VLAN. What is not seen again for {@link #AGEING}
 * is forgotten; when full, it learns nothing more until something is. Soft state. Safe for all
 * threads.
 */
final class MacTable {
  /** IEEE 802.1D table 7-5. */
  static final Duration AGEING = Duration.ofMinutes(5);

  /** How many stations it knows at most: that of a small real switch. */
  static final int STATIONS_MAX = 8192;

  private record Station(int vlan, MacAddress address) {}

  private record Seen(String port, long nanos) {}

  private final Time time;

  @GuardedBy("this")
  private final Map<Station, Seen> seen = new HashMap<>();

  MacTable(Time time) {
    this.time = time;
  }

  synchronized void learn(int vlan, MacAddress address, String port) {
    Station station = new Station(vlan, address);
    if (seen.size() >= STATIONS_MAX && !seen.containsKey(station)) {
      seen.values().removeIf(this::old);
      if (seen.size() >= STATIONS_MAX) {
        return;
      }
    }
    seen.put(station, new Seen(port, time.nanos()));
  }

  /** The port a station is behind, if that is known. */
  synchronized Optional<String> port(int vlan, MacAddress address) {
    Station station = new Station(vlan, address);
    Optional<Seen> found = Optional.ofNullable(seen.get(station));
    if (found.isPresent() && old(found.get())) {
      seen.remove(station);
      return Optional.empty();
    }
    return found.map(Seen::port);
  }

  /** Forgets all that was learnt on a port. */
  synchronized void flush(String port) {
    seen.values().removeIf(last -> last.port().equals(port));
  }

  synchronized int size() {
    return seen.size();
  }

  private boolean old(Seen last) {
    return time.nanos() - last.nanos() > AGEING.toNanos();
  }
}
