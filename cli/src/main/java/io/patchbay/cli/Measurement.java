package io.patchbay.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One result of a benchmark. Whatever can be is compared with a baseline of the same unit, taken in
 * the same run and interleaved with it.
 */
public record Measurement(String metric, double value, String unit, Optional<Baseline> baseline) {
  /**
   * What a value is compared with.
   *
   * @param what was measured there
   * @param target the most that the ratio of value to baseline may be
   */
  public record Baseline(String what, double value, OptionalDouble target) {}

  /** A value by itself. */
  public static Measurement of(String metric, double value, String unit) {
    return new Measurement(metric, value, unit, Optional.empty());
  }

  /** The same value beside a baseline, without a target. */
  public Measurement against(String what, double baselineValue) {
    return with(new Baseline(what, baselineValue, OptionalDouble.empty()));
  }

  /** The same value beside a baseline, of which it should be so many times at most. */
  public Measurement atMost(double target, String what, double baselineValue) {
    return with(new Baseline(what, baselineValue, OptionalDouble.of(target)));
  }

  private Measurement with(Baseline compared) {
    return new Measurement(metric, value, unit, Optional.of(compared));
  }

  /** The value divided by its baseline. */
  public OptionalDouble ratio() {
    return baseline.isPresent()
        ? OptionalDouble.of(value / baseline.get().value())
        : OptionalDouble.empty();
  }

  /** The most that the ratio may be. */
  public OptionalDouble target() {
    return baseline.isPresent() ? baseline.get().target() : OptionalDouble.empty();
  }

  /** Whether there is a target that is missed. */
  public boolean misses() {
    return target().isPresent() && ratio().orElseThrow() > target().getAsDouble();
  }

  /** As the report has it; what does not apply is null. */
  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("metric", metric);
    json.put("value", rounded(value));
    json.put("unit", unit);
    json.put("baseline", baseline.map(b -> b.what() + ": " + rounded(b.value())).orElse(null));
    json.put("ratio", ratio().isPresent() ? rounded(ratio().getAsDouble()) : null);
    json.put("target", target().isPresent() ? target().getAsDouble() : null);
    json.put("met", target().isPresent() ? !misses() : null);
    return json;
  }

  /** To a thousandth: more than any clock here tells. */
  private static double rounded(double number) {
    return Math.round(number * 1000) / 1000.0;
  }
}
