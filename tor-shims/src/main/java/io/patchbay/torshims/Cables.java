package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The cables file: which NIC is plugged into which switch port. Immutable. */
public record Cables(List<Cable> cables) {
  public Cables {
    cables = cables == null ? List.of() : List.copyOf(cables);
    Map<String, Integer> ports = new HashMap<>();
    Map<String, Integer> functions = new HashMap<>();
    for (int i = 0; i < cables.size(); i++) {
      for (Cable end : cables.get(i).ends()) {
        String where = where(i, cables.get(i), end);
        checkOnce(
            ports.put(end.switchName() + " " + end.port(), i),
            where + "port: port " + end.port() + " of switch " + end.switchName());
        for (String member : end.lag()) {
          checkOnce(
              ports.put(end.switchName() + " " + member, i),
              where + "lag: port " + member + " of switch " + end.switchName());
        }
        @Nullable Integer other = functions.put(end.pfMac(), i);
        boolean own = other != null && other == i; // both ends of a pair may name the same
        checkOnce(own ? null : other, where + "pfMac: " + end.pfMac());
      }
    }
  }

  /** The place of an end's fields in the file. */
  private static String where(int index, Cable cable, Cable end) {
    boolean first = end.switchName().equals(cable.switchName());
    return "cables[" + index + "]." + (first ? "" : "pair.");
  }

  private static void checkOnce(@Nullable Integer earlier, String what) {
    if (earlier != null) {
      throw new Failure(
          Failure.Kind.INVALID, what + " already has the cable of cables[" + earlier + "]");
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
      for (Cable end : cables.get(i).ends()) {
        if (!switches.contains(end.switchName())) {
          throw new Failure(
              Failure.Kind.INVALID,
              where(i, cables.get(i), end)
                  + "switch: no switch '"
                  + end.switchName()
                  + "', only "
                  + switches);
        }
      }
    }
  }

  /** Every end of every cable, as if it were one of its own. */
  List<Cable> ends() {
    return cables.stream().flatMap(cable -> cable.ends().stream()).toList();
  }

  /** The ports of a switch that have a cable. */
  Set<String> ports(String switchName) {
    return ends().stream()
        .filter(end -> end.switchName().equals(switchName))
        .map(Cable::port)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The same, and the members of those that are LAGs. */
  Set<String> plugs(String switchName) {
    return ends().stream()
        .filter(end -> end.switchName().equals(switchName))
        .flatMap(end -> Stream.concat(Stream.of(end.port()), end.lag().stream()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Those of them that are LAGs. */
  Set<String> lags(String switchName) {
    return ends().stream()
        .filter(end -> end.switchName().equals(switchName) && !end.lag().isEmpty())
        .map(Cable::port)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The VLANs of frames without a tag, by port of a switch: of those that have one. */
  Map<String, Integer> nativeVlans(String switchName) {
    Map<String, Integer> nativeVlans = new TreeMap<>();
    for (Cable end : ends()) {
      if (end.switchName().equals(switchName) && end.nativeVlan() != null) {
        nativeVlans.put(end.port(), end.nativeVlan());
      }
    }
    return nativeVlans;
  }

  /** The end that is plugged into a port. */
  Optional<Cable> at(String switchName, String port) {
    return ends().stream()
        .filter(end -> end.switchName().equals(switchName) && end.port().equals(port))
        .findFirst();
  }

  /** The cable of a physical function, on whichever node. */
  Optional<Cable> of(String pfMac) {
    return cables.stream()
        .filter(cable -> cable.ends().stream().anyMatch(end -> end.pfMac().equals(pfMac)))
        .findFirst();
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
