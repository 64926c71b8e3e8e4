package io.patchbay.metrics;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A file of Prometheus alerting rules, as far as the tests of those who serve the metrics in it
 * need to know. Immutable.
 */
public record AlertRules(List<Group> groups) {
  private static final Pattern METRIC = Pattern.compile("patchbay_[a-z_]+");

  /** Rules that are looked at together. */
  public record Group(String name, List<Rule> rules) {
    public Group {
      rules = List.copyOf(rules);
    }
  }

  /**
   * One alert.
   *
   * @param expr in PromQL
   * @param lasting how long that must hold, as Prometheus writes durations
   */
  public record Rule(
      String alert,
      String expr,
      @JsonProperty("for") String lasting,
      Map<String, String> labels,
      Map<String, String> annotations) {
    public Rule {
      labels = Map.copyOf(labels);
      annotations = Map.copyOf(annotations);
      if (!labels.containsKey("severity")
          || !annotations.keySet().equals(Set.of("summary", "description"))) {
        throw new Failure(
            Failure.Kind.INVALID,
            "alert " + alert + " needs a label severity, and a summary and a description");
      }
    }
  }

  public AlertRules {
    groups = List.copyOf(groups);
  }

  /** Reads the file. Throws {@link Failure} of kind INVALID, or NOT_FOUND. */
  public static AlertRules readFile(Path file) {
    return Json.readFile(file, AlertRules.class);
  }

  /** The metrics that the alerts ask for and that a scrape does not have. */
  public Set<String> missingIn(String scrape) {
    Set<String> missing = new TreeSet<>();
    for (Group group : groups) {
      for (Rule rule : group.rules()) {
        METRIC.matcher(rule.expr()).results().map(found -> found.group()).forEach(missing::add);
      }
    }
    missing.removeIf(name ->
        scrape
            .lines()
            .anyMatch(line -> line.startsWith(name + "{") || line.startsWith(name + " ")));
    return missing;
  }
}
