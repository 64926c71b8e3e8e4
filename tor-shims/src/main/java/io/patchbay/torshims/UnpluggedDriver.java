package io.patchbay.torshims;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A test of the tests: reads from the switch and says that it has written. Says so loudly; it is
 * there only when {@code PATCHBAY_BREAK} is {@code port}.
 */
final class UnpluggedDriver implements SwitchDriver {
  private static final Logger log = LoggerFactory.getLogger(UnpluggedDriver.class);

  private final SwitchDriver real;

  UnpluggedDriver(SwitchDriver real) {
    this.real = real;
    log.error("PATCHBAY_BREAK=port: this daemon is broken on purpose");
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    return real.read(ports);
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    log.error("PATCHBAY_BREAK=port: not written: {}", wanted);
    return Map.of();
  }

  @Override
  public void rehearse(Map<String, PortConfig> wanted, Duration patience) {
    real.rehearse(wanted, patience);
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    return real.neighbours();
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    return real.links(ports);
  }

  @Override
  public void watch(Watcher watcher) {
    real.watch(watcher);
  }

  @Override
  public void close() {
    real.close();
  }
}
