package io.patchbay.sriovmanager;

import io.patchbay.linux.PciAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Why VFs could not be brought home when it was last tried, for whoever looks at them. Not kept
 * over a restart: it will be tried again at once. Thread-safe.
 */
final class Troubles {
  private final News news;
  private final Map<PciAddress, String> reasons = new ConcurrentHashMap<>();
  private final LongAdder failures = new LongAdder();

  /**
   * @param news told of each change
   */
  Troubles(News news) {
    this.news = news;
  }

  /** Another try has failed. */
  void put(PciAddress vf, String reason) {
    failures.increment();
    if (!reason.equals(reasons.put(vf, reason))) {
      news.tell(vf);
    }
  }

  void clear(PciAddress vf) {
    if (reasons.remove(vf) != null) {
      news.tell(vf);
    }
  }

  /** How often since the start a VF did not come home at the first or a later try. */
  long failures() {
    return failures.sum();
  }

  /** That of one VF; empty when there is none. */
  String of(PciAddress vf) {
    return reasons.getOrDefault(vf, "");
  }

  /** All of them by address: a copy. */
  Map<PciAddress, String> all() {
    return new TreeMap<>(reasons);
  }
}
