package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The cables file: which NIC is plugged into which switch port. Immutable. */
public record Cables(List<Cable> cables) {
  public Cables {
    cables = cables == null ? List.of() : List.copyOf(cables);
    Map<String, Integer> ports = new HashMap<>();
    Map<String, Integer> functions = new HashMap<>();
    for (int i = 0; i < cables.size(); i++) {
      Cable cable = cables.get(i);
      checkOnce(
          ports.put(cable.switchName() + " " + cable.port(), i),
          i,
          "port: port " + cable.port() + " of switch " + cable.switchName());
      checkOnce(functions.put(cable.pfMac(), i), i, "pfMac: " + cable.pfMac());
    }
  }

  private static void checkOnce(Integer earlier, int index, String what) {
    if (earlier != null) {
      throw new Failure(
          Failure.Kind.INVALID,
          "cables[" + index + "]." + what + " already has the cable of cables[" + earlier + "]");
    }
  }

  /**
   * Reads the file. Throws {@link Failure} of kind INVALID with line and field, for example for a
   * switch that the switches file does not list, or NOT_FOUND.
   */
  public static Cables readFile(Path file, Set<String> switches) {
    return Json.readFile(file, Cables.class, cables -> cables.check(switches));
  }

  private void check(Set<String> switches) {
    for (int i = 0; i < cables.size(); i++) {
      String name = cables.get(i).switchName();
      if (!switches.contains(name)) {
        throw new Failure(
            Failure.Kind.INVALID,
            "cables[" + i + "].switch: no switch '" + name + "', only " + switches);
      }
    }
  }

  /** The ports of a switch that have a cable. */
  Set<String> ports(String switchName) {
    return cables.stream()
        .filter(cable -> cable.switchName().equals(switchName))
        .map(Cable::port)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The cable that is plugged into a port. */
  Optional<Cable> at(String switchName, String port) {
    return cables.stream()
        .filter(cable -> cable.switchName().equals(switchName) && cable.port().equals(port))
        .findFirst();
  }

  /** The cable of a physical function, on whichever node. */
  Optional<Cable> of(String pfMac) {
    return cables.stream().filter(cable -> cable.pfMac().equals(pfMac)).findFirst();
  }

  /**
   * The cable of a physical function. Throws {@link Failure} of kind NOT_FOUND, or CONFLICT when it
   * is known but on another node.
   */
  Cable find(String node, String pfMac) {
    Optional<Cable> found = of(pfMac);
    if (found.isEmpty()) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "no cable for " + pfMac + " of node " + node + "; add it to the cables file");
    }
    if (!found.get().node().equals(node)) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          "the request comes from node %s, but the cables file has %s on node %s"
              .formatted(node, pfMac, found.get().node()));
    }
    return found.get();
  }
}
