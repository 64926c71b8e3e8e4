package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.LldpMessage;
import java.time.Instant;

/**
 * Who said by LLDP that it is at the other end of a port's cable.
 *
 * @param firstHeard when it first said so
 * @param lastHeard when it last said so
 */
public record LldpNeighbour(LldpMessage message, Instant firstHeard, Instant lastHeard) {
  boolean expired(Instant now) {
    return now.isAfter(lastHeard.plusSeconds(message.ttlSeconds()));
  }

  boolean sameAs(LldpMessage other) {
    return message.chassis().equals(other.chassis()) && message.port().equals(other.port());
  }
}
