package io.patchbay.torshims;

import io.patchbay.torshims.PortConfig.Raw;
import java.util.Objects;

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
}
