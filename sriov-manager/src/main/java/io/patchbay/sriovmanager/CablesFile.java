package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cables file as it is now. Read when somebody asks, and not again for some seconds; with a
 * mistake in it what it said before stands, which at the start is that no cable is known. Safe for
 * all threads.
 */
final class CablesFile {
  private static final Logger log = LoggerFactory.getLogger(CablesFile.class);

  /** The time between two looks at the file. */
  static final Duration INTERVAL = Duration.ofSeconds(10);

  private final Path file;
  private final Time time;
  private CableMap last = CableMap.NONE;
  private Optional<String> problem = Optional.empty();
  private long due;

  CablesFile(Path file, Time time) {
    this.file = file;
    this.time = time;
    this.due = time.nanos();
  }

  /** The cables. */
  synchronized CableMap cables() {
    if (time.nanos() - due >= 0) {
      due = time.nanos() + INTERVAL.toNanos();
      read();
    }
    return last;
  }

  private void read() {
    try {
      CableMap now = CableMap.read(file);
      if (!now.equals(last)) {
        log.info("{} names {} cables", file, now.cables().size());
      }
      last = now;
      problem = Optional.empty();
    } catch (Failure e) {
      Optional<String> why = Optional.of(Failure.text(e) + "; the cables known before stand");
      if (!why.equals(problem)) {
        log.error("{}", why.get());
      }
      problem = why;
    }
  }

  /** What is wrong with the file; empty when it is good. */
  synchronized Optional<String> problem() {
    return problem;
  }
}
