package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.lease.LeaseKeeper;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Lets a driver speak to its switch only while this replica has the lease: what is being done when
 * it is lost ends before the next word to the switch.
 */
final class LeasedDriver extends ForwardingDriver {
  private final LeaseKeeper lease;

  /** What still speaks by then is of a writer that has been given up. */
  private volatile boolean closed;

  LeasedDriver(SwitchDriver driver, LeaseKeeper lease) {
    super(driver);
    this.lease = lease;
    watch(() -> {});
  }

  @Override
  <T> T pass(Supplier<T> question) {
    checkOpen();
    try (LeaseKeeper.Use unused = lease.use()) {
      return question.get();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "this writer has ended");
    }
  }

  @Override
  public void close() {
    closed = true;
    super.close();
  }

  @Override
  public void watch(Watcher watcher) {
    driver()
        .watch(
            new ForwardingWatcher(watcher) {
              @Override
              public void speaks() {
                checkOpen();
                lease.check();
                super.speaks();
              }

              @Override
              public void finds(Map<String, PortReading> now) {
                checkOpen();
                lease.check();
                super.finds(now);
              }

              @Override
              public void overwrites(Map<String, PortReading> before) {
                checkOpen();
                lease.check();
                super.overwrites(before);
              }

              @Override
              public void confirms(Duration most) {
                checkOpen();
                lease.check();
                super.confirms(most);
              }
            });
  }
}
