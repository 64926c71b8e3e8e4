package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was done to switches, for whom and with what result: a file of JSON lines that is only added
 * to. Full, it takes the place of the one before it, so that the latest few thousand events are
 * always there. It outlives the process; the last lines may not outlive the machine. A disk that
 * refuses is told in the log and stops nobody. Safe for all threads.
 */
final class History {
  private static final Logger log = LoggerFactory.getLogger(History.class);
  private static final long BYTES_MAX = 2L << 20;

  /**
   * One port's part of a change.
   *
   * @param at when, as ISO 8601
   * @param cause "take", "leave" or "repair"
   * @param connections who asked; nobody for a repair
   * @param before what the switch had; empty where nothing was changed
   * @param after what it was given, or was to be given
   * @param result "done", or why not
   */
  record Event(
      String at,
      String switchName,
      String port,
      String cause,
      List<String> connections,
      String before,
      String after,
      String result) {}

  private final Optional<Path> file;
  private final long bytesMax;

  @GuardedBy("this")
  private boolean failing;

  private History(Optional<Path> file, long bytesMax) {
    this.file = file;
    this.bytesMax = bytesMax;
  }

  /** Goes on with what is in a file. */
  static History in(Path file) {
    return in(file, BYTES_MAX);
  }

  /**
   * @param bytesMax with how many bytes the file is full
   */
  static History in(Path file, long bytesMax) {
    return new History(Optional.of(file), bytesMax);
  }

  /** One that forgets: for tests of something else. */
  static History none() {
    return new History(Optional.empty(), 0);
  }

  /** Adds events, in their order. */
  synchronized void add(List<Event> events) {
    if (file.isEmpty() || events.isEmpty()) {
      return;
    }
    StringBuilder lines = new StringBuilder();
    events.forEach(event -> lines.append(Json.write(event)).append('\n'));
    try {
      if (Files.exists(file.get()) && Files.size(file.get()) > bytesMax) {
        Files.move(file.get(), older(file.get()), StandardCopyOption.REPLACE_EXISTING);
      }
      Files.writeString(
          file.get(),
          lines,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        log.error("{} cannot be written, history has a gap: {}", file.get(), Failure.text(e));
      }
      failing = true;
    }
  }

  private static Path older(Path file) {
    return file.resolveSibling(file.getFileName() + ".1");
  }

  /**
   * The latest events, oldest first.
   *
   * @param switchName of which switch; of all if it is empty
   */
  synchronized List<Event> latest(String switchName, int most) {
    List<Event> events = new ArrayList<>();
    if (file.isPresent()) {
      read(older(file.get()), switchName, events);
      read(file.get(), switchName, events);
    }
    return List.copyOf(events.subList(Math.max(0, events.size() - most), events.size()));
  }

  /** What a crash tore is left out. */
  private static void read(Path file, String switchName, List<Event> events) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        parse(line)
            .filter(event -> switchName.isEmpty() || event.switchName().equals(switchName))
            .ifPresent(events::add);
      }
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, file + ": " + Failure.text(e), e);
    }
  }

  private static Optional<Event> parse(String line) {
    try {
      return Optional.of(Json.read(line, Event.class));
    } catch (Failure e) {
      return Optional.empty();
    }
  }
}
