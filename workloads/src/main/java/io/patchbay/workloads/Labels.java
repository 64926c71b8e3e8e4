package io.patchbay.workloads;

import java.util.LinkedHashMap;
import java.util.Map;

/** Labels of clients and endpoints (contracts/nsm.md section 2). */
final class Labels {
  private Labels() {}

  /** The labels with those that say where they come from, unless they say so themselves. */
  static Map<String, String> with(Map<String, String> labels, Map<String, String> origin) {
    Map<String, String> all = new LinkedHashMap<>(labels);
    origin.forEach((label, value) -> {
      if (!value.isEmpty()) {
        all.putIfAbsent(label, value);
      }
    });
    return Map.copyOf(all);
  }
}
