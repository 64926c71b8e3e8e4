package io.patchbay.torshims;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Passes everything on to a driver; what makes it connect, only when its turn has come: a driver
 * connects with its first call, and with the first one after its connection has ended. It must be
 * watched, to know of that.
 */
final class DialLimitedDriver implements SwitchDriver {
  private final String name;
  private final SwitchDriver driver;
  private final DialLimit limit;
  private volatile boolean connected;

  DialLimitedDriver(String name, SwitchDriver driver, DialLimit limit) {
    this.name = name;
    this.driver = driver;
    this.limit = limit;
  }

  private <T> T connecting(Supplier<T> call) {
    if (connected) {
      return call.get();
    }
    T answer = limit.dial("switch " + name, call);
    connected = true;
    return answer;
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    return connecting(() -> driver.read(ports));
  }

  @Override
  public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
    return connecting(() -> driver.apply(wanted, patience));
  }

  @Override
  public Map<String, Set<String>> neighbours() {
    return connecting(driver::neighbours);
  }

  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    return connecting(() -> driver.links(ports));
  }

  @Override
  public Map<Integer, String> madeVlans(Set<Integer> some) {
    return connecting(() -> driver.madeVlans(some));
  }

  @Override
  public void removeVlans(Set<Integer> some) {
    var unused =
        connecting(() -> {
          driver.removeVlans(some);
          return some;
        });
  }

  @Override
  public void watch(Watcher watcher) {
    driver.watch(
        new Watcher() {
          @Override
          public void lost() {
            connected = false;
            watcher.lost();
          }

          @Override
          public void speaks() {
            watcher.speaks();
          }

          @Override
          public void linksChanged() {
            watcher.linksChanged();
          }

          @Override
          public void overwrites(Map<String, PortReading> before) {
            watcher.overwrites(before);
          }
        });
  }

  @Override
  public void close() {
    driver.close();
  }
}
