package io.patchbay.torshims;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Passes everything on to a driver: for those who do something before, after or instead of it. In
 * one place, so that no call that a switch comes to offer ends here unheard.
 */
abstract class ForwardingDriver implements SwitchDriver {
  private final SwitchDriver driver;

  ForwardingDriver(SwitchDriver driver) {
    this.driver = driver;
  }

  /** The driver behind this one. */
  final SwitchDriver driver() {
    return driver;
  }

  /** What is asked of the switch passes here. */
  <T> T pass(Supplier<T> question) {
    return question.get();
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    return pass(() -> driver.read(ports));
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    return pass(() -> driver.apply(wanted, patience));
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    return pass(driver::neighbours);
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    return pass(() -> driver.links(ports));
  }

  @Override
  public boolean makesVlans() {
    return driver.makesVlans(); // which the switch does not hear of
  }

  @Override
  public Map<Integer, String> madeVlans(Set<Integer> some) {
    return pass(() -> driver.madeVlans(some));
  }

  @Override
  public Optional<Map<Integer, String>> vnis() {
    return pass(driver::vnis);
  }

  @Override
  public void rehearse(Map<String, PortConfig> wanted, Duration patience) {
    var unused =
        pass(() -> {
          driver.rehearse(wanted, patience);
          return wanted;
        });
  }

  @Override
  public void removeVlans(Set<Integer> some) {
    var unused =
        pass(() -> {
          driver.removeVlans(some);
          return some;
        });
  }

  @Override
  public void watch(Watcher watcher) {
    driver.watch(watcher);
  }

  @Override
  public void close() {
    driver.close();
  }
}
