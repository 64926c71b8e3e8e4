package io.patchbay.torshims;

import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A test of the tests: reads from the switch and says that it has written. Says so loudly; it is
 * there only when {@code PATCHBAY_BREAK} is {@code port}.
 */
final class UnpluggedDriver extends ForwardingDriver {
  private static final Logger log = LoggerFactory.getLogger(UnpluggedDriver.class);

  UnpluggedDriver(SwitchDriver real) {
    super(real);
    log.error("PATCHBAY_BREAK=port: this daemon is broken on purpose");
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    log.error("PATCHBAY_BREAK=port: not written: {}", wanted);
    return Map.of();
  }
}
