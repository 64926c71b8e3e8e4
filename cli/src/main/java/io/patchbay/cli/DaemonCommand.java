package io.patchbay.cli;

import io.patchbay.base.Failure;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs one daemon until SIGTERM or SIGINT; then stops it in order. */
final class DaemonCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(DaemonCommand.class);

  private final Daemon<?> daemon;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show the environment variables that configure it.")
  private boolean help;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  DaemonCommand(Daemon<?> daemon) {
    this.daemon = daemon;
  }

  @Override
  public Integer call() {
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    try (AutoCloseable running = daemon.run(System.getenv())) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stop, closed)));
      log.info("{} is running", daemon.name());
      stop.await();
      log.info("{} stops", daemon.name());
      return 0;
    } catch (Failure e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("patchbay " + daemon.name() + ": " + e.getMessage());
      err.flush();
      return e.kind() == Failure.Kind.INVALID ? 2 : 1;
    } catch (Exception e) {
      log.error("{} failed: {}", daemon.name(), Failure.text(e), e);
      return 1;
    } finally {
      closed.countDown();
    }
  }

  /** Lets the main thread close the daemon, and the process end only after it has. */
  private static void stop(CountDownLatch stop, CountDownLatch closed) {
    stop.countDown();
    try {
      if (!closed.await(10, TimeUnit.SECONDS)) {
        log.warn("not everything was closed within 10 seconds");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
