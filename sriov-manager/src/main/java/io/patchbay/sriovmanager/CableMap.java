package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.linux.LldpNeighbour;
import io.patchbay.linux.MacAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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
   */
  record Cable(String node, String pfMac, @JsonProperty("switch") String switchName, String port) {
    Cable {
      if (node == null || pfMac == null || switchName == null || port == null) {
        throw new Failure(
            Failure.Kind.INVALID, "a cable needs 'node', 'pfMac', 'switch' and 'port'");
      }
      var checked = mac(pfMac);
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
      String system = said.system();
      boolean sameSwitch =
          system.isEmpty()
              || system.equalsIgnoreCase(switchName)
              || system
                  .toLowerCase(java.util.Locale.ROOT)
                  .startsWith(switchName.toLowerCase(java.util.Locale.ROOT) + ".");
      boolean samePort =
          said.ports().isEmpty() || said.ports().stream().anyMatch(port::equalsIgnoreCase);
      return sameSwitch && samePort
          ? Optional.empty()
          : Optional.of(
              "the cables file says %s %s, LLDP says %s %s"
                  .formatted(switchName, port, system, String.join("/", said.ports())));
    }
  }

  /** Reads the file. Throws {@link Failure} of kind INVALID with line and field, or NOT_FOUND. */
  static CableMap read(Path file) {
    return Json.readFile(file, CableMap.class);
  }

  /** The cable of one of a node's PFs. */
  Optional<Cable> find(String node, MacAddress pfMac) {
    return cables.stream()
        .filter(cable -> cable.node().equals(node) && Cable.mac(cable.pfMac()).equals(pfMac))
        .findFirst();
  }
}
