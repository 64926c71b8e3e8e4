package io.patchbay.metrics;

import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the server of metrics, and tries again ever more slowly while its port is taken: a daemon
 * does its work whether somebody counts it or not.
 */
public final class MetricsDoor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MetricsDoor.class);
  private static final Backoff PACE = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1));

  private final Supplier<MetricsServer> opening;
  private final Time time;
  private volatile Optional<MetricsServer> open = Optional.empty();
  private Optional<Thread> thread = Optional.empty();

  private MetricsDoor(Supplier<MetricsServer> opening, Time time) {
    this.opening = opening;
    this.time = time;
  }

  /**
   * Tries now, and in the background if that fails.
   *
   * @param opening starts the server, or throws {@link Failure}
   */
  static MetricsDoor open(Supplier<MetricsServer> opening, Time time) {
    MetricsDoor door = new MetricsDoor(opening, time);
    if (!door.tryToOpen(1)) {
      door.thread = Optional.of(Thread.ofVirtual().name("metrics-door").start(door::insist));
    }
    return door;
  }

  private void insist() {
    try {
      int failures = 1;
      do {
        time.sleep(PACE.pause(failures));
        failures++;
      } while (!tryToOpen(failures));
    } catch (InterruptedException end) {
      log.debug("no metrics were ever served");
    }
  }

  private boolean tryToOpen(int attempt) {
    try {
      open = Optional.of(opening.get());
      if (attempt > 1) {
        log.info("metrics are served now, at attempt {}", attempt);
      }
      return true;
    } catch (Failure e) {
      log.error(
          "no metrics, attempt {}; everything else works, trying again: {}",
          attempt,
          Failure.text(e));
      return false;
    }
  }

  /** The server, once it is there. */
  public Optional<MetricsServer> server() {
    return open;
  }

  @Override
  public void close() throws InterruptedException {
    if (thread.isPresent()) {
      thread.get().interrupt();
      thread.get().join();
    }
    open.ifPresent(MetricsServer::close);
  }
}
