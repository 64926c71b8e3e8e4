package io.patchbay.base;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine's time. One daemon thread watches all timers; the tasks run on virtual threads. */
enum SystemTime implements Time {
  INSTANCE;

  private static final Logger log = LoggerFactory.getLogger(Time.class);

  /** Nobody waits longer; nanoseconds of more than 292 years do not fit into a long. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final ScheduledThreadPoolExecutor timers;

  SystemTime() {
    timers =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("patchbay-timers").factory());
    timers.setRemoveOnCancelPolicy(true);
    // Now, not at the first timer: a thread starts in the namespaces of the thread that starts it.
    var unused = timers.prestartAllCoreThreads();
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    Thread.sleep(duration);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Runnable start = () -> Thread.ofVirtual().name("timer").start(() -> run(task));
    Duration bounded = delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    ScheduledFuture<?> future =
        timers.schedule(start, Math.max(0, bounded.toNanos()), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.error("a timer's task failed: {}", Failure.text(e), e);
    }
  }
}
