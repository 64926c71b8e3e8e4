package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.linux.LldpNeighbour;
import io.patchbay.linux.MacAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which PF is plugged into which switch port: the file that the tor-shim reads. A cable can be
 * contradicted by what the switch says of itself.
 */
record CableMap(List<Cable> cables) {
  CableMap {
    cables = cables == null ? List.of() : List.copyOf(cables);
  }

  /** No cable is known. */
  static final CableMap NONE = new CableMap(List.of());

  /**
   * One cable.
   *
   * @param pfMac written with colons, dashes, dots or none
   * @param lag the members of the LAG that the port is; empty where it is none
   * @param pair its port of the second switch of an MLAG pair; null where there is none
   * @param nativeVlan of no matter here: what the port does with frames without a tag
   */
  record Cable(
      String node,
      String pfMac,
      @JsonProperty("switch") String switchName,
      String port,
      List<String> lag,
      @Nullable Pair pair,
      @Nullable Integer nativeVlan) {
    Cable {
      if (node == null || pfMac == null || switchName == null || port == null) {
        throw new Failure(
            Failure.Kind.INVALID, "a cable needs 'node', 'pfMac', 'switch' and 'port'");
      }
      var checked = mac(pfMac);
      lag = lag == null ? List.of() : List.copyOf(lag);
    }

    Cable(String node, String pfMac, String switchName, String port) {
      this(node, pfMac, switchName, port, List.of(), null, null);
    }

    /** Whether it is the cable of that physical function of that node. */
    private boolean isOf(String itsNode, MacAddress itsMac) {
      boolean ofPair = pair != null && pair.pfMac() != null && mac(pair.pfMac()).equals(itsMac);
      return node.equals(itsNode) && (ofPair || mac(pfMac).equals(itsMac));
    }

    private static MacAddress mac(String text) {
      String digits = text.replaceAll("[:.-]", "");
      if (digits.length() != 2 * MacAddress.LENGTH) {
        throw new Failure(Failure.Kind.INVALID, "'" + text + "' is not a MAC address");
      }
      return MacAddress.parse(String.join(":", digits.split("(?<=\\G..)")));
    }

    /**
     * What a neighbour says that is not so if this cable is as written; empty when it says nothing
     * of the kind. A switch may add its domain to its name; a port that it only calls by a number
     * of its own is not compared.
     */
    Optional<String> contradiction(LldpNeighbour said) {
      boolean is =
          isAt(said, switchName, plugs(port, lag))
              || (pair != null && isAt(said, pair.switchName(), plugs(pair.port(), pair.lag())));
      String second = pair == null ? "" : " or " + pair.switchName() + " " + pair.port();
      return is
          ? Optional.empty()
          : Optional.of(
              "the cables file says %s %s%s, LLDP says %s %s"
                  .formatted(
                      switchName, port, second, said.system(), String.join("/", said.ports())));
    }

    /** What a switch calls the port that a plug is in: of a LAG its members. */
    private static List<String> plugs(String port, List<String> lag) {
      return lag.isEmpty() ? List.of(port) : lag;
    }

    private static boolean isAt(LldpNeighbour said, String switchName, List<String> ports) {
      String system = said.system().toLowerCase(Locale.ROOT);
      String name = switchName.toLowerCase(Locale.ROOT);
      boolean sameSwitch = system.isEmpty() || system.equals(name) || system.startsWith(name + ".");
      return sameSwitch
          && (said.ports().isEmpty()
              || said.ports().stream()
                  .anyMatch(port -> ports.stream().anyMatch(port::equalsIgnoreCase)));
    }
  }

  /**
   * The other port of an MLAG pair.
   *
   * @param lag as of the first
   * @param pfMac of the physical function at it, null where it is the same
   */
  record Pair(
      @JsonProperty("switch") String switchName,
      String port,
      List<String> lag,
      @Nullable String pfMac) {
    Pair {
      lag = lag == null ? List.of() : List.copyOf(lag);
      if (switchName == null || port == null) {
        throw new Failure(Failure.Kind.INVALID, "a cable's pair needs 'switch' and 'port'");
      }
      if (pfMac != null) {
        var checked = Cable.mac(pfMac);
      }
    }
  }

  /** Reads the file. Throws {@link Failure} of kind INVALID with line and field, or NOT_FOUND. */
  static CableMap read(Path file) {
    return Json.readFile(file, CableMap.class);
  }

  /** The cable of one of a node's PFs. */
  Optional<Cable> find(String node, MacAddress pfMac) {
    return cables.stream().filter(cable -> cable.isOf(node, pfMac)).findFirst();
  }
}
