package io.patchbay.cli.demo;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.hwsim.node.RackDescription;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the demonstration saw, as {@code --report} writes it. Filled step by step by one thread; a
 * part that was never reached is null in the file.
 */
final class Report {
  /** A step and how long it took. */
  record StepTime(String name, long ms) {}

  /** One VF's way to the switch, and what went over it. */
  record Wire(
      String pod,
      String node,
      String resource,
      String vf,
      @JsonProperty("switch") String switchName,
      String port,
      List<RackDescription.SwitchPort> ends,
      int vlan,
      int sent,
      int received,
      @JsonProperty("rtt_ms_p50") double rttMsP50,
      boolean isolated,
      Map<String, Long> counters) {}

  /** A kernel interface's pings. */
  record Kernel(int sent, int received, @JsonProperty("rtt_ms_p50") double rttMsP50) {}

  /** The loss of a switch of a pair, and what was answered without it. */
  record Lost(@JsonProperty("switch") String switchName, int sent, int received) {}

  /** What is as it was before. */
  record Clean(
      @JsonProperty("vfs_home") boolean vfsHome,
      @JsonProperty("switch_restored") boolean switchRestored,
      @JsonProperty("allocatable_restored") boolean allocatableRestored,
      List<String> leftovers) {}

  private final List<StepTime> steps = new ArrayList<>();
  private final Map<String, Object> parts = new LinkedHashMap<>();
  private Optional<String> failure = Optional.empty();

  void step(String name, long ms) {
    steps.add(new StepTime(name, ms));
  }

  /** Sets one of the parts: hardware, second, kernel, pending_reason, … */
  void put(String part, Object value) {
    parts.put(part, value);
  }

  /** Notes why it is not ok; what went wrong first counts. */
  void failed(String why) {
    failure = failure.or(() -> Optional.of(why));
  }

  boolean ok() {
    return failure.isEmpty();
  }

  /** All of it, in the order of the format. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("ok", ok());
    failure.ifPresent(why -> json.put("failure", why));
    json.put("steps", steps);
    for (String part :
        List.of(
            "hardware",
            "second",
            "kernel",
            "lost",
            "pending_reason",
            "refused_reason",
            "recovered",
            "exhausted",
            "clean")) {
      json.put(part, parts.get(part));
    }
    return json;
  }
}
