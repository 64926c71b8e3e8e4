package io.patchbay.torshims;

import java.util.function.Supplier;

/**
 * Passes everything on to a driver; what makes it connect, only when its turn has come: a driver
 * connects with its first call, and with the first one after its connection has ended. It must be
 * watched, to know of that.
 */
final class DialLimitedDriver extends ForwardingDriver {
  private final String name;
  private final DialLimit limit;
  private volatile boolean connected;

  DialLimitedDriver(String name, SwitchDriver driver, DialLimit limit) {
    super(driver);
    this.name = name;
    this.limit = limit;
  }

  @Override
  <T> T pass(Supplier<T> call) {
    if (connected) {
      return call.get();
    }
    T answer = limit.dial("switch " + name, call);
    connected = true;
    return answer;
  }

  @Override
  public void watch(Watcher watcher) {
    driver()
        .watch(
            new ForwardingWatcher(watcher) {
              @Override
              public void lost() {
                connected = false;
                super.lost();
              }
            });
  }
}
