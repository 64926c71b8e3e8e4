package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One showing of the demonstration: however it ends, its report is written and tells the truth,
 * also about what went wrong when it was taken down.
 */
final class Showing {
  private static final Logger log = LoggerFactory.getLogger(Showing.class);

  /** What is shown; closing takes it down. */
  interface Play extends AutoCloseable {
    void run();

    @Override
    void close();
  }

  private final Progress progress;
  private final Report report;
  private final Optional<Path> file;

  Showing(Progress progress, Report report, Optional<Path> file) {
    this.progress = progress;
    this.report = report;
    this.file = file;
  }

  /**
   * Shows it and gives back the exit status.
   *
   * @param pause what happens between the end of the play and its taking down
   */
  int of(Play play, Runnable pause) {
    try (play) {
      attempt(play::run);
      write();
      pause.run();
    } catch (RuntimeException e) {
      failed(e);
    }
    write();
    progress.say(report.ok() ? "All steps hold." : "Failed: " + report.json().get("failure"));
    return report.ok() ? 0 : 1;
  }

  private void attempt(Runnable steps) {
    try {
      steps.run();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void failed(RuntimeException e) {
    if (!(e instanceof Failure)) {
      log.error("the demonstration itself is wrong: {}", Failure.text(e), e);
    }
    report.failed(Failure.text(e));
  }

  private void write() {
    if (file.isEmpty()) {
      return;
    }
    try {
      Files.writeString(file.get(), Json.pretty(report.json()) + "\n");
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot write " + file.get() + ": " + e.getMessage(), e);
    }
  }
}
