package io.patchbay.cli;

import io.patchbay.base.Failure;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs something until the process is told to stop by SIGTERM or SIGINT, and then closes it. What
 * cannot start says so in one line on standard error.
 */
final class UntilStopped {
  private static final Logger log = LoggerFactory.getLogger(UntilStopped.class);

  /** The exit status for a configuration that can never be right. */
  private static final int MISTAKEN = 2;

  private static final int FAILED = 1;

  /** Starts something; closing what comes back stops it. */
  @FunctionalInterface
  interface Start<T extends AutoCloseable> {
    T start();
  }

  /** What is done once it is started; may block, and is done before the waiting begins. */
  @FunctionalInterface
  interface Work<T> {
    void run(T started);
  }

  private final String name;

  UntilStopped(String name) {
    this.name = name;
  }

  /** Starts, works, and waits for the end. Returns an exit status only when something failed. */
  <T extends AutoCloseable> int run(Start<T> start, Work<T> work) {
    AtomicReference<@Nullable AutoCloseable> running = new AtomicReference<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(running.getAndSet(null))));
    return report(() -> {
      T started = start.start();
      running.set(started);
      try {
        work.run(started);
      } catch (RuntimeException e) {
        close(running.getAndSet(null)); // before the line that says why, which is the last one
        throw e;
      }
      log.info("{} is running", name);
      forever();
    });
  }

  /** Does something and gives back an exit status. */
  int report(Runnable task) {
    try {
      task.run();
      return 0;
    } catch (Failure e) {
      System.err.println("patchbay " + name + ": " + e.getMessage());
      return e.kind() == Failure.Kind.INVALID ? MISTAKEN : FAILED;
    } catch (RuntimeException e) {
      log.error("{} failed: {}", name, Failure.text(e), e);
      return FAILED;
    }
  }

  private static void forever() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void close(@Nullable AutoCloseable running) {
    if (running == null) {
      return;
    }
    log.info("{} stops", name);
    try {
      running.close();
    } catch (Exception e) {
      log.warn("{}: {}", name, Failure.text(e));
    }
  }
}
