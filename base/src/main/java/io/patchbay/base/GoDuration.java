package io.patchbay.base;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as upstream's environment variables write them: {@code 10m}, {@code 750ms}, {@code
 * 1h30m}.
 */
public final class GoDuration {
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");

  /** Sense has far fewer; digits without end would be read for minutes. */
  private static final int LENGTH_MAX = 100;

  private GoDuration() {}

  /** Reads a duration; a bare {@code 0} is zero. Throws {@link Failure} of kind INVALID. */
  public static Duration parse(String text) {
    String rest = text.strip();
    boolean negative = rest.startsWith("-");
    rest = negative ? rest.substring(1) : rest;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    Matcher part = PART.matcher(rest);
    BigDecimal nanos = BigDecimal.ZERO;
    int end = 0;
    while (rest.length() <= LENGTH_MAX && part.region(end, rest.length()).lookingAt()) {
      BigDecimal unit = BigDecimal.valueOf(nanos(part.group(2)));
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
      end = part.end();
    }
    if (end == 0
        || end < rest.length()
        || nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new Failure(
          Failure.Kind.INVALID,
          "not a duration: '" + text + "'; write for example 750ms, 10m, 1h30m");
    }
    Duration duration = Duration.ofNanos(nanos.longValue());
    return negative ? duration.negated() : duration;
  }

  private static long nanos(String unit) {
    return switch (unit) {
      case "ns" -> 1L;
      case "us", "µs" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      case "h" -> 3_600_000_000_000L;
      default -> throw new IllegalStateException("the pattern let through unit " + unit);
    };
  }
}
