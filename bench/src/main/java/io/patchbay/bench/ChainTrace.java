package io.patchbay.bench;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the links of one daemon's chain took for the requests that it answered, in nanoseconds,
 * each without those behind it: as its log tells.
 */
final class ChainTrace {
  /** What {@code Chain} writes: connection, link, microseconds. */
  private static final Pattern LINE = Pattern.compile(" Chain: (\\S+) (\\w+) (\\d+) us ");

  private static final long NANOS = 1000;

  private final String source;
  private final Map<String, Map<String, Long>> byConnection = new HashMap<>();

  private ChainTrace(String source, List<String> lines) {
    this.source = source;
    for (String line : lines) {
      Matcher trace = LINE.matcher(line);
      if (trace.find()) {
        byConnection
            .computeIfAbsent(trace.group(1), connection -> new HashMap<>())
            .merge(trace.group(2), Long.parseLong(trace.group(3)) * NANOS, Long::sum);
      }
    }
  }

  /** Reads the log of a daemon that was told to log at DEBUG. */
  static ChainTrace read(Path log) {
    try {
      return of(log.toString(), Files.readAllLines(log));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + log + ": " + e.getMessage(), e);
    }
  }

  /**
   * @param source stands for the log in errors
   */
  static ChainTrace of(String source, List<String> lines) {
    return new ChainTrace(source, lines);
  }

  /**
   * What the chosen links took for a connection, together. Throws {@link Failure} when the log
   * tells of none of them.
   *
   * @param connection its id at this daemon
   */
  long took(String connection, Predicate<String> links) {
    Map<String, Long> traced = byConnection.getOrDefault(connection, Map.of());
    List<Long> chosen =
        traced.entrySet().stream()
            .filter(link -> links.test(link.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    if (chosen.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          "%s tells of %s for %s, not what is measured"
              .formatted(source, traced.keySet(), connection));
    }
    return chosen.stream().mapToLong(Long::longValue).sum();
  }
}
