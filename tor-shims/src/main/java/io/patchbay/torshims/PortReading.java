package io.patchbay.torshims;

import io.patchbay.torshims.PortConfig.Raw;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a switch says a port is now: exactly, for putting it back one day, and what that means; the
 * meaning is the raw text again where the driver does not understand all of it.
 */
public record PortReading(Raw raw, PortConfig meaning) {
  public PortReading {
    Objects.requireNonNull(raw);
    Objects.requireNonNull(meaning);
  }

  /** Whether the port is already as wanted. */
  public boolean is(PortConfig wanted) {
    return wanted instanceof Raw ? raw.equals(wanted) : meaning.equals(wanted);
  }

  /** The ports that are not as wanted, as they should be; each of them has been read. */
  public static Map<String, PortConfig> different(
      Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Map<String, PortConfig> different = new TreeMap<>();
    wanted.forEach((port, config) -> {
      if (!Objects.requireNonNull(now.get(port)).is(config)) {
        different.put(port, config);
      }
    });
    return different;
  }
}
