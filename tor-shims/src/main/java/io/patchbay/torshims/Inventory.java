package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the shim is told of its fabric. Immutable. */
record Inventory(Switches switches, FabricServices fabric, Cables cables) {
  /** The ports of a switch that are LAGs. */
  Set<String> lags(String switchName) {
    return Stream.concat(
            cables.lags(switchName).stream(),
            fabric.gatewayPorts(switchName).stream()
                .filter(GatewayPort::isLag)
                .map(GatewayPort::port))
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Reads the three files, and the services that are objects. Throws {@link Failure} naming the
   * file and line or field.
   *
   * @param objects where services are asked for beside the file; empty where nowhere
   * @param objection why a service can have no VLAN, as far as that is known
   * @param tells whether to say on those objects what has become of them
   */
  static Inventory read(
      TorShimConfig config,
      Optional<ObjectServices> objects,
      Function<FabricService, Optional<String>> objection,
      boolean tells) {
    Switches switches = Switches.readFile(config.switchesFile());
    Path file = config.fabricFile();
    Set<String> names = switches.names();
    FabricServices fabric =
        objects.isEmpty()
            ? FabricServices.readFile(file, names)
            : FabricServices.readFileOfSome(file, names);
    Cables cables = Cables.readFile(config.cablesFile(), names);
    fabric.requireFitting(switches, cables);
    return new Inventory(
        switches,
        objects
            .map(asked -> asked.addTo(fabric, switches, cables, objection, tells))
            .orElse(fabric),
        cables);
  }
}
