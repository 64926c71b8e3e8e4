package io.patchbay.hwsim.tor;

import java.util.Collections;
import java.util.Set;

/**
 * What a VLAN of a switch is called over the {@link Underlay}.
 *
 * @param vni its VXLAN network identifier
 * @param imports the route targets whose frames it takes
 * @param exports the route targets of its own
 */
record Segment(int vni, Set<String> imports, Set<String> exports) {
  Segment {
    imports = Set.copyOf(imports);
    exports = Set.copyOf(exports);
  }

  /** Whether it takes what another leaf sends for a segment of its own. */
  boolean hears(Segment other) {
    return vni == other.vni && !Collections.disjoint(imports, other.exports);
  }
}
