package io.patchbay.sriovmanager;

import io.patchbay.linux.PciAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Why VFs could not be brought home when it was last tried, for whoever looks at them. Not kept
 * over a restart: it will be tried again at once. Thread-safe.
 */
final class Troubles {
  private final News news;
  private final Map<PciAddress, String> reasons = new ConcurrentHashMap<>();

  /**
   * @param news told of each change
   */
  Troubles(News news) {
    this.news = news;
  }

  void put(PciAddress vf, String reason) {
    if (!reason.equals(reasons.put(vf, reason))) {
      news.tell();
    }
  }

  void clear(PciAddress vf) {
    if (reasons.remove(vf) != null) {
      news.tell();
    }
  }

  /** All of them by address: a copy. */
  Map<PciAddress, String> all() {
    return new TreeMap<>(reasons);
  }
}
