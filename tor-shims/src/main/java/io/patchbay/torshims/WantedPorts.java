package io.patchbay.torshims;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.torshims.PortConfig.Raw;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * What a driver was last to make of ports, so that it can tell a change by somebody else when its
 * switch speaks of one. Safe for all threads.
 */
public final class WantedPorts {
  /** Far more than a switch is behind with what it tells. */
  private static final int KEPT_MOST = 16;

  /**
   * By key of {@link PortItem}, oldest first: the last one is wanted, the others may yet be told.
   */
  @GuardedBy("this")
  private final Map<String, Deque<PortConfig>> wanted = new HashMap<>();

  /** No port. */
  public WantedPorts() {}

  /**
   * They are to be so now. One that is put back to what was read there is nobody's any more.
   *
   * @return the keys of those that nobody wanted before
   */
  public synchronized Set<String> put(Map<String, PortConfig> now) {
    Set<String> fresh = new HashSet<>(now.keySet());
    fresh.removeAll(wanted.keySet());
    now.forEach((key, config) -> {
      if (config instanceof Raw) {
        wanted.remove(key);
      } else {
        put(key, config);
      }
    });
    return fresh;
  }

  /** Nobody wants them any more: they were refused when they were wanted first. */
  public synchronized void forget(Set<String> keys) {
    wanted.keySet().removeAll(keys);
  }

  /** What was wanted of them before is not to be told any more: a change to that is not ours. */
  public synchronized void settle(Set<String> keys) {
    for (String key : keys) {
      Deque<PortConfig> all = wanted.get(key);
      while (all != null && all.size() > 1) {
        all.removeFirst();
      }
    }
  }

  @GuardedBy("this")
  private void put(String key, PortConfig config) {
    Deque<PortConfig> all = wanted.computeIfAbsent(key, item -> new ArrayDeque<>());
    if (!config.equals(all.peekLast())) {
      all.addLast(config);
    }
    if (all.size() > KEPT_MOST) {
      all.removeFirst();
    }
  }

  /** The keys of their items. */
  public synchronized Set<String> keys() {
    return Set.copyOf(wanted.keySet());
  }

  /** Whether an item of a port of that name is among them. */
  public synchronized boolean has(String port) {
    return wanted.keySet().stream().anyMatch(key -> PortItem.port(key).equals(port));
  }

  /**
   * Whether an item that the switch says to be so is that by us: as it is wanted, or as it was
   * before, unless the switch has told something later. What nobody wants needs no reason.
   */
  public synchronized boolean explains(String key, PortReading told) {
    Deque<PortConfig> all = wanted.get(key);
    if (all == null) {
      return true;
    }
    Iterator<PortConfig> newestFirst = all.descendingIterator();
    boolean found = false;
    while (newestFirst.hasNext()) {
      PortConfig config = newestFirst.next();
      if (found) {
        newestFirst.remove();
      }
      found |= told.is(config);
    }
    return found;
  }
}
