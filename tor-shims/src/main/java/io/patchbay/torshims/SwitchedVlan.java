package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Trunk;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the leaves of OpenConfig's {@code switched-vlan/config} mean (contracts tor.md 2), whatever
 * protocol they came by. Pure.
 */
public final class SwitchedVlan {
  private static final Set<String> LEAVES =
      Set.of("interface-mode", "access-vlan", "native-vlan", "trunk-vlans");

  private SwitchedVlan() {}

  /**
   * Empty when they say more than is understood here.
   *
   * @param leaves values by name, without prefixes of modules
   */
  public static Optional<PortConfig> meaning(Map<String, List<String>> leaves) {
    if (!LEAVES.containsAll(leaves.keySet())) {
      return Optional.empty();
    }
    try {
      String mode = String.join("", leaves.getOrDefault("interface-mode", List.of()));
      OptionalInt access = number(leaves, "access-vlan");
      OptionalInt untagged = number(leaves, "native-vlan");
      SortedSet<Integer> tagged = new TreeSet<>();
      leaves.getOrDefault("trunk-vlans", List.of()).forEach(range -> addRange(tagged, range));
      String plain = mode.substring(mode.indexOf(':') + 1);
      if (plain.equals("ACCESS") && untagged.isEmpty() && tagged.isEmpty()) {
        return Optional.of(new Access(access.orElse(0)));
      }
      return plain.equals("TRUNK") && access.isEmpty() && !tagged.isEmpty()
          ? Optional.of(new Trunk(tagged, untagged))
          : Optional.empty();
    } catch (NumberFormatException | Failure e) {
      return Optional.empty();
    }
  }

  private static OptionalInt number(Map<String, List<String>> leaves, String name) {
    List<String> values = leaves.getOrDefault(name, List.of());
    return values.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(values.getFirst()));
  }

  /** An entry of {@code trunk-vlans}: an id, or {@code low..high}. */
  private static void addRange(SortedSet<Integer> vlans, String value) {
    int dots = value.indexOf("..");
    int low = PortConfig.checkVlan(Integer.parseInt(dots < 0 ? value : value.substring(0, dots)));
    int high = PortConfig.checkVlan(dots < 0 ? low : Integer.parseInt(value.substring(dots + 2)));
    for (int vlan = low; vlan <= high; vlan++) {
      vlans.add(vlan);
    }
  }
}
