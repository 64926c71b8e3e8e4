package io.patchbay.torshims;

import io.patchbay.torshims.lease.LeaseKeeper;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Lets a driver speak to its switch only while this replica has the lease: what is being done when
 * it is lost ends before the next word to the switch.
 */
final class LeasedDriver implements SwitchDriver {
  private final SwitchDriver driver;
  private final LeaseKeeper lease;

  LeasedDriver(SwitchDriver driver, LeaseKeeper lease) {
    this.driver = driver;
    this.lease = lease;
    watch(() -> {});
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    return leased(() -> driver.read(ports));
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    return leased(() -> driver.apply(wanted, patience));
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    return leased(driver::neighbours);
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    return leased(() -> driver.links(ports));
  }

  @Override
  public Map<Integer, String> madeVlans(Set<Integer> some) {
    return leased(() -> driver.madeVlans(some));
  }

  @Override
  public void removeVlans(Set<Integer> some) {
    try (LeaseKeeper.Use unused = lease.use()) {
      driver.removeVlans(some);
    }
  }

  private <T> T leased(Supplier<T> question) {
    try (LeaseKeeper.Use unused = lease.use()) {
      return question.get();
    }
  }

  @Override
  public void watch(Watcher watcher) {
    driver.watch(
        new Watcher() {
          @Override
          public void lost() {
            watcher.lost();
          }

          @Override
          public void linksChanged() {
            watcher.linksChanged();
          }

          @Override
          public void speaks() {
            lease.check();
          }

          @Override
          public void overwrites(Map<String, PortReading> before) {
            lease.check();
            watcher.overwrites(before);
          }
        });
  }

  @Override
  public void close() {
    driver.close();
  }
}
