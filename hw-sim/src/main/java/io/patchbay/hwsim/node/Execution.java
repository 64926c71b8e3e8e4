package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What came of a command: its exit status, and what it wrote on both its outputs. */
public record Execution(int exitStatus, String output) {
  /** Waits for a process; kills it and throws {@link Failure} of kind TIMEOUT at the deadline. */
  static Execution of(Process process, Path output, Duration atMost) {
    try {
      if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Failure(
            Failure.Kind.TIMEOUT,
            "a command still ran after %d ms: %s".formatted(atMost.toMillis(), Logs.tail(output)));
      }
      String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
      return new Execution(process.exitValue(), text);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while a command ran", e);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + output, e);
    } finally {
      process.destroyForcibly();
    }
  }
}
