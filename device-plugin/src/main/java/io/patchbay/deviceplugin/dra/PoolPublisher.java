package io.patchbay.deviceplugin.dra;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the cluster know what this node offers, on a thread of its own: the newest of what changed
 * meanwhile, at most once in two seconds; compared again each minute, and when the kubelet has
 * come, for it removes what it believes to be of nobody. What was published stays when this process
 * ends: the kubelet removes it when nobody comes back.
 */
final class PoolPublisher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PoolPublisher.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  /** While the API server does not do what it is asked. */
  private static final Backoff PACE = new Backoff(Duration.ofSeconds(2), Duration.ofMinutes(1));

  private final String driver;
  private final String node;
  private final Cluster cluster;
  private final Time time;
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread = Thread.ofVirtual().name("pool-publisher").unstarted(this::run);

  /** Empty until it is known what there is: an empty pool is something else. */
  @GuardedBy("this")
  private Optional<Pool> wanted = Optional.empty();

  PoolPublisher(String driver, String node, Cluster cluster, Time time) {
    this.driver = driver;
    this.node = node;
    this.cluster = cluster;
    this.time = time;
  }

  void start() {
    thread.start();
  }

  /** These VFs are to be had, from now on. */
  void offer(Collection<VirtualFunction> functions) {
    Pool next = Pool.of(driver, node, List.copyOf(functions));
    synchronized (this) {
      if (wanted.equals(Optional.of(next))) {
        return;
      }
      wanted = Optional.of(next);
    }
    look();
  }

  /** Somebody may have changed what was published. */
  void look() {
    wake.release();
  }

  private synchronized Optional<Pool> wanted() {
    return wanted;
  }

  private void run() {
    int failures = 0;
    try {
      while (true) {
        boolean told = publish(failures);
        failures = told ? 0 : failures + 1;
        time.sleep(told ? PAUSE : PACE.pause(failures));
        if (told && wake.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      }
    } catch (InterruptedException end) {
      log.debug("nothing more is published");
    }
  }

  private boolean publish(int failures) {
    try {
      wanted().ifPresent(cluster::publish);
      return true;
    } catch (RuntimeException e) { // whatever it is: the next time may be better
      if (failures == 0) {
        log.warn("the cluster is not told what this node offers: {}", Failure.text(e));
      }
      return false;
    }
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
