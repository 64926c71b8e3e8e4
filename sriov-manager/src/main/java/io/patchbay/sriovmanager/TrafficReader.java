package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.VfTraffic;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The counters of VFs as they last were. Reading them may stop every change of a link of this node
 * for most of a second, so a PF is asked only when somebody wants to know, not again before some
 * time has passed, and never twice at once; whoever wants to know does not wait for it.
 * Thread-safe.
 */
final class TrafficReader {
  private static final Logger log = LoggerFactory.getLogger(TrafficReader.class);

  /** How old counters may be before they are read again. */
  static final Duration FRESH = Duration.ofSeconds(15);

  private final Function<String, List<VfTraffic>> reader;
  private final Time time;
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  private record Seen(Instant when, List<VfTraffic> traffic) {}

  /**
   * @param reader asks a PF, named by its interface
   */
  TrafficReader(Function<String, List<VfTraffic>> reader, Time time) {
    this.reader = reader;
    this.time = time;
  }

  /** What the VFs of these PFs had carried when each was last asked; nothing of one never asked. */
  Map<String, List<VfTraffic>> of(Set<String> pfNames) {
    seen.keySet().retainAll(pfNames);
    pfNames.forEach(this::refresh);
    Map<String, List<VfTraffic>> known = new ConcurrentHashMap<>();
    seen.forEach((pf, last) -> known.put(pf, last.traffic));
    return known;
  }

  private void refresh(String pf) {
    Seen last = seen.get(pf);
    boolean fresh = last != null && time.now().isBefore(last.when.plus(FRESH));
    if (!fresh && underWay.add(pf)) {
      Thread.ofVirtual().name("traffic-" + pf).start(() -> read(pf));
    }
  }

  /** A PF that does not answer tells nothing, rather than what was so long ago. */
  private void read(String pf) {
    List<VfTraffic> traffic = List.of();
    try {
      traffic = reader.apply(pf);
    } catch (RuntimeException e) {
      log.warn("the counters of {} cannot be read: {}", pf, Failure.text(e));
    } finally {
      seen.put(pf, new Seen(time.now(), traffic));
      underWay.remove(pf);
    }
  }
}
