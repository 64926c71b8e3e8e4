package io.patchbay.deviceplugin;

import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which of the available VFs a container should get: those it must have, then of one NUMA node, no
 * more of an IOMMU group than goes with it, and by PF as {@link Choice} says. Pure, and the same
 * answer to the same question.
 */
final class PreferredAllocation {
  /** How a container's VFs lie over the PFs. */
  enum Choice {
    /** Over as many as can be, and so over cables and switches; PFs with more left first. */
    SPREAD,
    /** On as few as can be, and those filled first, so that others stay empty. */
    PACK
  }

  private final Choice choice;
  private final Map<String, VirtualFunction> known;
  private final Set<String> open;
  private final Set<String> chosen;

  private PreferredAllocation(
      Map<String, VirtualFunction> known,
      Choice choice,
      Set<String> available,
      Set<String> mustInclude) {
    this.choice = choice;
    this.known = known;
    this.open = new TreeSet<>(available);
    this.open.removeAll(mustInclude);
    this.chosen = new LinkedHashSet<>(mustInclude);
  }

  /**
   * Chooses exactly {@code size} ids, those that must be included among them.
   *
   * @throws Failure INVALID when that cannot be
   */
  static List<String> choose(
      Map<String, VirtualFunction> known,
      Choice choice,
      List<String> available,
      List<String> mustInclude,
      int size) {
    Set<String> all = new TreeSet<>(available);
    if (!all.containsAll(mustInclude) || size < mustInclude.size() || size > all.size()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "cannot choose " + size + " of " + all + " with " + mustInclude + " among them");
    }
    PreferredAllocation made =
        new PreferredAllocation(known, choice, all, new LinkedHashSet<>(mustInclude));
    while (made.chosen.size() < size) {
      made.takeOne(size);
    }
    return new ArrayList<>(made.chosen);
  }

  private void takeOne(int size) {
    Set<Integer> nodes = nodes(size);
    long missing = size - chosen.size();
    Set<String> groups = chosen.stream().map(this::group).collect(Collectors.toSet());
    Map<String, Long> mates = count(open, this::group);
    Comparator<String> byPhysical = byPhysical(missing);
    String best =
        open.stream()
            .min(
                // One that is still on its way home from its last pod would be refused in Allocate.
                Comparator.comparing((String id) -> !isFree(id))
                    .thenComparing(id -> !nodes.contains(node(id)))
                    // What is left of a group nobody else may have: take it all, or of a small one.
                    .thenComparing(id -> !groups.contains(group(id)))
                    .thenComparing(id -> Math.max(0, mates.getOrDefault(group(id), 0L) - missing))
                    .thenComparing(byPhysical)
                    .thenComparing(Comparator.naturalOrder()))
            .orElseThrow();
    open.remove(best);
    chosen.add(best);
  }

  private Comparator<String> byPhysical(long missing) {
    Map<String, Long> taken = count(chosen, this::physical);
    Map<String, Long> left = count(open, this::physical);
    Comparator<String> fewestTaken =
        Comparator.comparing(id -> taken.getOrDefault(physical(id), 0L));
    Comparator<String> fewestLeft = Comparator.comparing(id -> left.getOrDefault(physical(id), 0L));
    Comparator<String> fits =
        Comparator.comparing(id -> left.getOrDefault(physical(id), 0L) < missing);
    return switch (choice) {
      case SPREAD -> fewestTaken.thenComparing(fewestLeft.reversed());
      case PACK -> fewestTaken.reversed().thenComparing(fits).thenComparing(fewestLeft);
    };
  }

  /** The NUMA nodes to stay on: those in use, else the one that fits all, or has the most. */
  private Set<Integer> nodes(int size) {
    if (!chosen.isEmpty()) {
      return chosen.stream().map(this::node).collect(Collectors.toSet());
    }
    Set<String> free = open.stream().filter(this::isFree).collect(Collectors.toSet());
    Map<Integer, Long> left = count(free.size() < size ? open : free, this::node);
    Comparator<Map.Entry<Integer, Long>> order =
        Comparator.comparing((Map.Entry<Integer, Long> e) -> e.getValue() < size)
            .thenComparing(e -> e.getValue() < size ? -e.getValue() : 0)
            .thenComparing(Map.Entry::getKey);
    return left.entrySet().stream()
        .min(order)
        .map(entry -> Set.of(entry.getKey()))
        .orElse(Set.of());
  }

  private boolean isFree(String id) {
    VirtualFunction vf = known.get(id);
    return vf != null && vf.getState() == State.FREE;
  }

  private int node(String id) {
    VirtualFunction vf = known.get(id);
    return vf == null ? -1 : vf.getNumaNode();
  }

  /**
   * What it shares with no other container: for a VF that containers drive themselves all of its
   * IOMMU group, for any other only itself.
   */
  private String group(String id) {
    VirtualFunction vf = known.get(id);
    return vf == null || !Vfio.isDriven(vf) ? id : "group " + vf.getIommuGroup();
  }

  private String physical(String id) {
    VirtualFunction vf = known.get(id);
    return vf == null ? "" : vf.getPfAddress();
  }

  private static <K extends Comparable<K>> Map<K, Long> count(
      Set<String> ids, Function<String, K> by) {
    Map<K, Long> counts = new HashMap<>();
    ids.forEach(id -> counts.merge(by.apply(id), 1L, Long::sum));
    return new TreeMap<>(counts);
  }
}
