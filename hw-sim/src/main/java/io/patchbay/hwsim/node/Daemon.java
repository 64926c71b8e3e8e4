package io.patchbay.hwsim.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process of a host that can be killed and started again, always with the same words and the same
 * log. Nobody starts it again by itself. Safe for all threads.
 */
public final class Daemon implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration DEATH = Duration.ofSeconds(10);

  private final String name;
  private final Enclosure host;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;

  @GuardedBy("this")
  private Optional<Process> process = Optional.empty();

  Daemon(DaemonDescription description, Enclosure host, Words words, Path log) {
    this.name = description.name();
    this.host = host;
    this.command = words.command(description.command());
    this.environment = words.environment(description.env());
    this.log = log;
  }

  /** What the rack file calls it. */
  public String name() {
    return name;
  }

  /** Where it writes to. */
  public Path log() {
    return log;
  }

  /** Its process id, while it runs. */
  public synchronized Optional<Long> pid() {
    return process.filter(Process::isAlive).map(Process::pid);
  }

  /** Starts it unless it runs. */
  public synchronized void start() {
    if (pid().isEmpty()) {
      process = Optional.of(host.run(command, environment, log));
    }
  }

  /** Kills it as {@code kill -9} does, and waits until it is gone. */
  public synchronized void kill() {
    process.ifPresent(running -> end(running.destroyForcibly(), DEATH));
  }

  /** Asks it to end, kills it if it has not after 5 s, and waits until it is gone. */
  @Override
  public synchronized void close() {
    process.ifPresent(Process::destroy);
    if (process.isPresent() && !ended(process.get(), GRACE)) {
      kill();
    }
  }

  private void end(Process running, Duration patience) {
    if (!ended(running, patience)) {
      throw new Failure(Failure.Kind.TIMEOUT, name + " (" + running.pid() + ") survives kill -9");
    }
  }

  private static boolean ended(Process running, Duration patience) {
    try {
      return running.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
