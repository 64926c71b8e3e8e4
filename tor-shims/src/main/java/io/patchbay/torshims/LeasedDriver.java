package io.patchbay.torshims;

import io.patchbay.torshims.lease.LeaseKeeper;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Lets a driver speak to its switch only while this replica has the lease: what is being done when
 * it is lost ends before the next word to the switch.
 */
final class LeasedDriver extends ForwardingDriver {
  private final LeaseKeeper lease;

  LeasedDriver(SwitchDriver driver, LeaseKeeper lease) {
    super(driver);
    this.lease = lease;
    watch(() -> {});
  }

  @Override
  <T> T pass(Supplier<T> question) {
    try (LeaseKeeper.Use unused = lease.use()) {
      return question.get();
    }
  }

  @Override
  public void watch(Watcher watcher) {
    driver()
        .watch(
            new ForwardingWatcher(watcher) {
              @Override
              public void speaks() {
                lease.check();
                super.speaks();
              }

              @Override
              public void finds(Map<String, PortReading> now) {
                lease.check();
                super.finds(now);
              }

              @Override
              public void overwrites(Map<String, PortReading> before) {
                lease.check();
                super.overwrites(before);
              }
            });
  }
}
