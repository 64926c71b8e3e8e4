package io.patchbay.torshims;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Journal;
import io.patchbay.torshims.lease.Lease;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where what is owned of switches and services is kept: in the state folder, or beside a lease that
 * keeps it for replicas with folders of their own.
 */
final class Intents {
  private static final Logger log = LoggerFactory.getLogger(Intents.class);

  /** That something of a switch has ever been kept, with what is about no switch. */
  private static final String KNOWN = "known/";

  /** That it is still there, with what is about that switch. */
  private static final String HERE = "here/";

  private Intents() {}

  /**
   * Opens it. Throws {@link io.patchbay.base.Failure}, as {@link Lease#intents} does.
   *
   * @param folder what the state folder knows. It is believed, so what it knows of this goes before
   *     what the lease knows, and moves there: it was the last one's that kept it in its folder
   * @param lease which is held
   * @param held throws unless the lease is surely held
   */
  static DurableMap open(Journal folder, Lease lease, Set<String> switches, Runnable held) {
    Optional<DurableMap> shared =
        lease.intents(switches, key -> switchOf(key, switches).orElse(""), held);
    shared.ifPresent(intents -> {
      move(folder, intents);
      moveMarks(folder, intents);
      loseMissing(intents, switches);
    });
    return shared.orElse(folder);
  }

  /** The longest of the names that fit, for one may have a slash in it. */
  private static Optional<String> switchOf(String key, Set<String> switches) {
    int kind = key.indexOf('/') + 1;
    if (!FormerPorts.isIts(key) && !key.startsWith(HERE)) {
      return Optional.empty();
    }
    return switches.stream()
        .filter(name -> (key + "/").startsWith(name + "/", kind))
        .max(Comparator.comparing(String::length));
  }

  private static void move(Journal folder, DurableMap shared) {
    Map<String, String> known = new TreeMap<>(folder.entries());
    known
        .keySet()
        .removeIf(key ->
            !FormerPorts.isIts(key)
                && !Segments.isIts(key)
                && !Vnis.isIts(key)
                && !FormerPorts.isPersist(key));
    if (known.keySet().stream().anyMatch(FormerPorts::isPersist)) {
      log.info("what the state folder knows of switches and services is kept beside the lease now");
      shared.removeAll(shared.entries().keySet());
      Map<String, String> last = new TreeMap<>(known);
      last.keySet().removeIf(key -> !FormerPorts.isPersist(key));
      Map<String, String> first = new TreeMap<>(known);
      first.keySet().removeAll(last.keySet());
      shared.putAll(first);
      shared.putAll(last); // without it nothing is known
      folder.removeAll(last.keySet()); // first: with it the rest would be believed to be all
    }
    folder.removeAll(known.keySet());
  }

  /** Builds before this one had them in the folder also where the rest was in common. */
  private static void moveMarks(Journal folder, DurableMap shared) {
    Map<String, String> marks = new TreeMap<>(folder.entries());
    marks.keySet().removeIf(key -> !EvpnServices.isIts(key));
    shared.putAll(marks);
    folder.removeAll(marks.keySet());
  }

  /** What somebody has removed of a switch is as good as a lost disk. */
  private static void loseMissing(DurableMap shared, Set<String> switches) {
    Map<String, String> here = new TreeMap<>();
    Map<String, String> known = new TreeMap<>();
    Set<String> lost = new TreeSet<>();
    Map<String, String> entries = shared.entries();
    for (String name : switches) {
      boolean missing = !entries.containsKey(HERE + name);
      if (missing && entries.containsKey(KNOWN + name)) {
        log.warn("what was kept of switch {} beside the lease is gone", name);
        lost.add(name);
      }
      here.put(HERE + name, "");
      known.put(KNOWN + name, "");
    }
    FormerPorts.lose(shared, lost);
    shared.putAll(here);
    shared.putAll(known); // then: a switch that is known and not here is missing
  }
}
