package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was done to switches, for whom and with what result: a file of JSON lines that is only added
 * to. Full, it takes the place of the one before it, so that the latest few thousand events are
 * always there. It outlives the process; the last lines may not outlive the machine. What a crash
 * tore is left out, and a disk that refuses stops nobody; both are told in the log. Safe for all
 * threads.
 */
final class History {
  private static final Logger log = LoggerFactory.getLogger(History.class);
  private static final long BYTES_MAX = 2L << 20;

  /** The cause of what was seen on a port, and not made there. */
  static final String LINK = "link";

  /** The cause of a change that nobody asked for, and what it begins with. */
  static final String REPAIR = "repair";

  /** The result of a change whose end is not known yet, or never will be. */
  static final String BEGUN = "begun";

  /**
   * One port's part of a change.
   *
   * @param at when, as ISO 8601
   * @param cause "take", "leave" or "repair", or "link"; a repair of what was settled before says
   *     behind a comma how it is known that it was otherwise: "told by the switch", or "found by a
   *     look"
   * @param connections who asked; nobody for a repair; for a link whom it concerns
   * @param before what the switch had; empty where nothing was changed
   * @param after what it was given, or was to be given
   * @param result "begun", which a later one of the same port ends; "done", or why not
   */
  record Event(
      String at,
      String switchName,
      String port,
      String cause,
      List<String> connections,
      String before,
      String after,
      String result) {
    /** Without any of it, a line is no event. */
    Event {
      Stream.of(at, switchName, port, cause, before, after, result)
          .forEach(Objects::requireNonNull);
      connections = List.copyOf(connections);
    }
  }

  private final Optional<Path> file;
  private final long bytesMax;

  @GuardedBy("this")
  private boolean failing;

  /** Whether the file is known to end with a whole line. */
  @GuardedBy("this")
  private boolean whole;

  /** What an earlier process has begun, by switch and port; known once it has been asked for. */
  @GuardedBy("this")
  private @Nullable Map<String, Map<String, Event>> begun;

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
    try {
      if (!whole && isTorn(file.get())) {
        log.warn("{}: its last line was torn by a crash, and is left out", file.get());
        lines.append('\n');
      }
      events.forEach(event -> lines.append(Json.write(event)).append('\n'));
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
      whole = true;
    } catch (IOException e) {
      if (!failing) {
        log.error("{} cannot be written, history has a gap: {}", file.get(), Failure.text(e));
      }
      failing = true;
      whole = false;
    }
  }

  private static boolean isTorn(Path file) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      if (channel.size() == 0) {
        return false;
      }
      ByteBuffer last = ByteBuffer.allocate(1);
      var unused = channel.position(channel.size() - 1).read(last);
      return last.get(0) != '\n';
    }
  }

  /**
   * What an earlier process has begun on a switch's ports, and nobody has told the end of. Nothing
   * where the file cannot be read: the switches are served without it.
   */
  synchronized Map<String, Event> begun(String switchName) {
    Map<String, Map<String, Event>> all = begun;
    if (all == null) {
      all = new HashMap<>();
      for (Event event : readable()) {
        Map<String, Event> ports = all.computeIfAbsent(event.switchName(), tor -> new HashMap<>());
        if (event.result().equals(BEGUN)) {
          ports.put(event.port(), event);
        } else if (!event.cause().equals(LINK)) {
          ports.remove(event.port());
        }
      }
      begun = all;
    }
    return Map.copyOf(all.getOrDefault(switchName, Map.of()));
  }

  private List<Event> readable() {
    try {
      return latest("", Integer.MAX_VALUE);
    } catch (Failure e) {
      log.error("what was begun before this start is not known: {}", Failure.text(e));
      return List.of();
    }
  }

  private static Path older(Path file) {
    return file.resolveSibling(file.getFileName() + ".1");
  }

  /**
   * The latest events, oldest first; that something was begun only where its end is not told.
   * Throws {@link Failure} of kind UNAVAILABLE when the disk refuses.
   *
   * @param switchName of which switch; of all if it is empty
   */
  synchronized List<Event> latest(String switchName, int most) {
    List<Event> events = new ArrayList<>();
    if (file.isPresent()) {
      read(older(file.get()), switchName, events);
      read(file.get(), switchName, events);
    }
    List<Event> told = withoutEnded(events);
    return List.copyOf(told.subList(Math.max(0, told.size() - most), told.size()));
  }

  private static List<Event> withoutEnded(List<Event> events) {
    List<Event> told = new ArrayList<>();
    Set<List<String>> later = new HashSet<>();
    for (Event event : events.reversed()) {
      boolean begun = event.result().equals(BEGUN);
      boolean link = event.cause().equals(LINK);
      if (link || later.add(List.of(event.switchName(), event.port())) || !begun) {
        told.add(event);
      }
    }
    return told.reversed();
  }

  /** What a crash tore or the disk has garbled is left out. */
  private static void read(Path file, String switchName, List<Event> events) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      // decoded with replacement: one bad byte must not cost all lines
      new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
          .lines()
          .flatMap(line -> parse(line).stream())
          .filter(event -> switchName.isEmpty() || event.switchName().equals(switchName))
          .forEach(events::add);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, file + ": " + Failure.text(e), e);
    }
  }

  private static Optional<Event> parse(String line) {
    try {
      return Optional.ofNullable(Json.read(line, Event.class));
    } catch (Failure e) {
      return Optional.empty();
    }
  }
}
